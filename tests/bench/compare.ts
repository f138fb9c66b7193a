// `npm run bench`: what a request costs Portico, a hand-tuned server and a tutorial's server, in CPU of the server's process, in
// turn on one machine. docs/performance.md says how to read it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { STORES, withLab, type Lab, type Store } from './lab.js';
import type { Loaded, Order } from './load.js';
import { median, printResults, type Measured, type Results } from './report.js';
import { cpuAtRest, residentOf, type RunningServer } from './servers.js';
import { ROUTES, type RouteName } from './workloads.js';

interface Options {
  readonly store: Store;
  readonly routes: readonly RouteName[];
  /** How often each server is started, and how often it is asked on each route. */
  readonly starts: number;
  readonly rounds: number;
  /** For how long each time. */
  readonly windowMs: number;
  /** Whether Portico reads the database for each request. */
  readonly uncached: boolean;
}

/** One window of one server and route. */
interface Sample {
  readonly server: string;
  readonly route: RouteName;
  /** Milliseconds for each request. */
  readonly cpuMs: number;
  readonly perSecond: number;
  /** For each request; null where the database does not count them. */
  readonly statements: number | null;
  /** What the answers were like. */
  readonly descriptions: string;
}

const say = (what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
};

/** Starts the process that loads the servers. */
export const startLoad = () => {
  const child = fork(join(import.meta.dirname, 'load.ts'), { execArgv: process.execArgv });
  return {
    obey: async (order: Order): Promise<Loaded | null> => {
      child.send(order);
      const [{ result, error }] = (await once(child, 'message')) as [
        { readonly result: Loaded | null; readonly error?: string },
      ];
      if (error !== undefined) throw new Error(`${order.server}: ${error}`);
      return result;
    },
    end: () => {
      child.disconnect();
    },
  };
};

type Load = ReturnType<typeof startLoad>;

const sampler =
  ({ countStatements }: Lab, load: Load) =>
  async ({ name, pid }: RunningServer, route: RouteName, ms: number): Promise<Sample> => {
    await load.obey({ kind: 'ask for all', server: name, route });
    const [cpuBefore, sentBefore] = [await cpuAtRest(pid), await countStatements()];
    const loaded = await load.obey({ kind: 'run', server: name, route, ms });
    if (loaded === null) throw new Error(`${name} was asked nothing`);
    const [sentAfter, cpuAfter] = [await countStatements(), await cpuAtRest(pid)];
    const { requests, seconds, descriptions } = loaded;
    // Each reading of the counter is a statement itself.
    const statements =
      sentAfter === null || sentBefore === null ? null : (sentAfter - sentBefore - 1) / requests;
    const costs = { cpuMs: (cpuAfter - cpuBefore) / requests, perSecond: requests / seconds, statements };
    return { server: name, route, ...costs, descriptions: descriptions.join('\n') };
  };

const summarise = (samples: readonly Sample[]): Measured => {
  const statements = samples.map((each) => each.statements).filter((count) => count !== null);
  return {
    cpuMs: samples.map(({ cpuMs }) => cpuMs),
    perSecond: samples.map(({ perSecond }) => perSecond),
    statements: statements.length === 0 ? null : median(statements),
  };
};

/** Both answer with the same status, headers and shape of body; otherwise they are not comparable. */
const requireSameAnswers = (route: RouteName, samples: readonly Sample[]): void => {
  const of = (server: string) => samples.find((each) => each.server === server)?.descriptions;
  const [ours, theirs] = [of('Portico'), of('hand-tuned')];
  if (ours !== theirs)
    throw new Error(`${route}: Portico answers\n${String(ours)}\nthe hand-tuned server\n${String(theirs)}`);
};

const UNCACHED = { CATALOG_MAX_STALE_MS: '0' };

const compare = ({ store, routes, starts, rounds, windowMs, uncached }: Options): Promise<Results> =>
  withLab({ store, starts, say, ...(uncached && { settings: UNCACHED }) }, async (lab) => {
    const { servers } = lab;
    const load = startLoad();
    const sample = sampler(lab, load);
    try {
      const idle = new Map<string, number>();
      for (const { name, pid } of servers) {
        await cpuAtRest(pid);
        idle.set(name, await residentOf(pid));
      }
      say('logging in');
      for (const [server, target] of lab.targets) await load.obey({ kind: 'prepare', server, target });
      say('warming up, and comparing the answers');
      for (const route of routes) {
        const samples = [];
        for (const server of servers) samples.push(await sample(server, route, 2 * windowMs));
        requireSameAnswers(route, samples);
      }
      const samples: Sample[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        say(`round ${String(round)} of ${String(rounds)}`);
        for (const route of routes)
          for (const server of servers) samples.push(await sample(server, route, windowMs));
      }
      const resident: Record<string, { idle: number; loaded: number }> = {};
      for (const { name, pid } of servers)
        resident[name] = { idle: idle.get(name) ?? NaN, loaded: await residentOf(pid) };
      const measured = (route: RouteName) =>
        servers.map(({ name }): [string, Measured] => {
          const own = samples.filter((each) => each.route === route && each.server === name);
          return [name, summarise(own)];
        });
      return {
        at: new Date().toISOString(),
        database: lab.database,
        node: process.version,
        cpu: `${String(cpus().length)} × ${cpus()[0]?.model ?? 'unknown'}`,
        rounds,
        routes: Object.fromEntries(routes.map((route) => [route, Object.fromEntries(measured(route))])),
        starts: Object.fromEntries(lab.starts),
        resident,
      };
    } finally {
      load.end();
    }
  });

const EVIDENCE = join(import.meta.dirname, '..', '..', 'docs', 'evidence', 'bench');

const isStore = (name: string): name is Store => Object.hasOwn(STORES, name);

/** Compares as the arguments say, prints the table and writes the results as JSON. */
export const runComparison = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      store: { type: 'string', default: 'mariadb' },
      route: { type: 'string', multiple: true, default: [...ROUTES] },
      uncached: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const { quick, store, route, uncached, save } = values;
  const routes = ROUTES.filter((name) => route.includes(name));
  if (!isStore(store)) throw new Error(`--store is one of ${Object.keys(STORES).join(', ')}`);
  if (routes.length === 0) throw new Error(`--route is one of ${ROUTES.join(', ')}`);
  const amounts = quick ? { starts: 1, rounds: 3, windowMs: 400 } : { starts: 5, rounds: 7, windowMs: 1500 };
  const results = await compare({ store, routes, uncached, ...amounts });
  printResults(results);
  const file = join(save ? EVIDENCE : tmpdir(), `portico-bench-${store}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
  console.log(`\n${file}`);
};
