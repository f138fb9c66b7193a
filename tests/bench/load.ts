// The process that loads the servers, beside the one that measures: it opens clients and lets them ask for a while, on order.
import {
  logIn,
  needsToken,
  openClient,
  ROUTES,
  userOf,
  WORKLOADS,
  type Client,
  type RouteName,
  type Target,
  type Workload,
} from './workloads.js';

export type Order =
  | { readonly kind: 'prepare'; readonly server: string; readonly target: Target }
  | { readonly kind: 'ask for all'; readonly server: string; readonly route: RouteName }
  | { readonly kind: 'run'; readonly server: string; readonly route: RouteName; readonly ms: number };

export interface Loaded {
  readonly requests: number;
  readonly seconds: number;
  /** What the answers were like, each description once. */
  readonly descriptions: readonly string[];
}

interface Visitor {
  readonly client: Client;
  visits: number;
}

const descriptions = new Set<string>();
const servers = new Map<string, Readonly<Record<RouteName, readonly Visitor[]>>>();

const prepare = async (server: string, target: Target): Promise<void> => {
  const visitorsOf = (route: RouteName): readonly Visitor[] =>
    Array.from({ length: WORKLOADS[route].clients }, (_, index) => ({
      client: openClient(target, userOf(route, index), (text) => descriptions.add(text)),
      visits: 0,
    }));
  const visitors = Object.fromEntries(ROUTES.map((route) => [route, visitorsOf(route)]));
  servers.set(server, visitors as Record<RouteName, readonly Visitor[]>);
  for (const route of ROUTES.filter(needsToken))
    for (const { client } of visitors[route] ?? []) await logIn(client);
};

/** The clients share what there is to ask for. */
const askForAll = async (server: string, route: RouteName): Promise<void> => {
  const { visit, whole = 0 }: Workload = WORKLOADS[route];
  const visitors = servers.get(server)?.[route] ?? [];
  await Promise.all(
    visitors.map(async ({ client }, at) => {
      for (let n = at; n < whole; n += visitors.length) await visit(client, n);
    }),
  );
};

const run = async (server: string, route: RouteName, ms: number): Promise<Loaded> => {
  descriptions.clear();
  let requests = 0;
  const start = performance.now();
  const visitors = servers.get(server)?.[route] ?? [];
  await Promise.all(
    visitors.map(async (visitor) => {
      do {
        await WORKLOADS[route].visit(visitor.client, visitor.visits);
        visitor.visits += 1;
        requests += 1;
      } while (performance.now() - start < ms);
    }),
  );
  return { requests, seconds: (performance.now() - start) / 1000, descriptions: [...descriptions].sort() };
};

const obey = async (order: Order): Promise<Loaded | null> => {
  if (order.kind === 'run') return run(order.server, order.route, order.ms);
  if (order.kind === 'ask for all') await askForAll(order.server, order.route);
  else await prepare(order.server, order.target);
  return null;
};

process.on('message', (order: Order) => {
  obey(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
