// What the shop serves when it is asked for more than it can do, on one process, at 0.5 to 5 times the rate that it can serve:
// products by id, which the cache answers, or with `--route list` lists of which none is asked for twice. One process offers the
// load at a fixed rate, whether it is answered or not; this one probes /livez and /metrics.
import { get } from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { STORES, withLab, type Store } from './lab.js';
import type { LoadResult } from './open-loop.js';
import { startLoad } from './start-load.js';
import { printTable } from './report.js';
import { cpuOf, residentOf } from './servers.js';
import type { Target } from './workloads.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'mariadb' },
    seconds: { type: 'string', default: '6' },
    route: { type: 'string', default: 'product' },
    factors: { type: 'string', default: '0.5,1,2,3,5' },
    save: { type: 'boolean', default: false },
  },
});
const store = values.store as Store;
if (!Object.hasOwn(STORES, store)) throw new Error(`--store is one of ${Object.keys(STORES).join(', ')}`);
/** The paths that are asked for in turn. */
const ROUTES: Readonly<Record<string, (target: Target) => readonly string[]>> = {
  product: ({ products }) => products.map((id) => `/products/${id}`),
  // More than are asked for while the cache keeps one.
  list: ({ categories }) =>
    Array.from({ length: 100_000 }, (_, n) => {
      const [least, most] = [1 + (n % 50), 100 + (Math.floor(n / 50) % 100)];
      const category = categories[Math.floor(n / 5_000) % categories.length] ?? '';
      return `/products?category=${category}&minPrice=${String(least)}&maxPrice=${String(most)}`;
    }),
};
const pathsOf = ROUTES[values.route];
if (pathsOf === undefined) throw new Error(`--route is one of ${Object.keys(ROUTES).join(', ')}`);
const MS = Number(values.seconds) * 1000;
const FACTORS = values.factors.split(',').map(Number);
const PATIENCE_MS = 2_000;
const CLIENTS = 32;

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;

const timed = (url: string): Promise<number> =>
  new Promise((resolve) => {
    const start = performance.now();
    get(url, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode === 200 ? performance.now() - start : Infinity);
      });
    }).on('error', () => {
      resolve(Infinity);
    });
  });

/** How many connections the server has not accepted yet. */
const unaccepted = async (port: number): Promise<number> => {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n')) {
    const [, address = '', , state, queues = ''] = line.trim().split(/\s+/);
    if (state === '0A' && address.endsWith(local)) return parseInt(queues.split(':')[1] ?? '', 16);
  }
  return 0;
};

/** Asks what a probe and Prometheus ask, each time on a new connection, until told to stop. */
const probe = (url: string) => {
  const times: Record<string, number[]> = { '/livez': [], '/metrics': [] };
  let over = false;
  let mostUnaccepted = 0;
  const watch = async (): Promise<void> => {
    while (!over) {
      mostUnaccepted = Math.max(mostUnaccepted, await unaccepted(Number(new URL(url).port)));
      await wait(100);
    }
  };
  const ask = async (path: string, everyMs: number): Promise<void> => {
    while (!over) {
      times[path]?.push(await timed(`${url}${path}`));
      await wait(everyMs);
    }
  };
  const asking = [ask('/livez', 50), ask('/metrics', 500), watch()];
  return async () => {
    over = true;
    await Promise.all(asking);
    for (const all of Object.values(times)) all.sort((a, b) => a - b);
    return { times, mostUnaccepted };
  };
};

const say = (what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
};

const of = ({ statuses }: LoadResult, status: number): number => statuses[String(status)] ?? 0;

await withLab({ store, starts: 1, only: 'Portico', say }, async ({ servers, targets, database }) => {
  const [server] = servers;
  const target = targets.get('Portico');
  if (server === undefined || target === undefined) throw new Error('there is no server');
  const load = startLoad();
  try {
    load.aim({
      url: server.url,
      paths: pathsOf(target),
      patienceMs: PATIENCE_MS,
      connections: 3_000,
    });
    say('warming up');
    await load.run({ kind: 'closed', clients: CLIENTS, ms: 4_000 });
    const measureCapacity = async (ms: number): Promise<number> => {
      const result = await load.run({ kind: 'closed', clients: CLIENTS, ms });
      return of(result, 200) / result.seconds;
    };
    const capacity = await measureCapacity(4_000);
    say(`capacity: ${capacity.toFixed(0)} a second`);
    const steps = [];
    for (const factor of FACTORS) {
      const stopProbes = probe(server.url);
      const cpuBefore = await cpuOf(server.pid);
      const result = await load.run({ kind: 'open', rate: capacity * factor, ms: MS });
      const cpu = (await cpuOf(server.pid)) - cpuBefore;
      const { times: probes, mostUnaccepted } = await stopProbes();
      const seconds = MS / 1000;
      steps.push({
        factor,
        offered: result.offered / seconds,
        served: of(result, 200) / seconds,
        refused: of(result, 503) / seconds,
        unanswered: of(result, 0) / seconds,
        unsent: result.unsent / seconds,
        unaccepted: mostUnaccepted,
        p50: quantile(result.times, 0.5),
        p99: quantile(result.times, 0.99),
        livezP99: quantile(probes['/livez'] ?? [], 0.99),
        livezMax: quantile(probes['/livez'] ?? [], 1),
        metricsMax: quantile(probes['/metrics'] ?? [], 1),
        residentMiB: await residentOf(server.pid),
        serverCores: cpu / 1000 / result.seconds,
        loadCores: result.cpuMs / 1000 / result.seconds,
        loadLate: result.lateMs,
      });
      say(`${factor} times: ${JSON.stringify(steps.at(-1))}`);
      if (factor !== FACTORS.at(-1)) await wait(1_000);
    }
    await wait(1_000);
    const afterwards = await measureCapacity(2_000);
    const peak = Math.max(...steps.map(({ served }) => served));
    const last = steps.at(-1)?.served ?? NaN;
    console.log(
      `\n${values.route}, ${database}, one process, ${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1) ?? ''}; ` +
        `capacity ${capacity.toFixed(0)} a second with ${CLIENTS} clients\n`,
    );
    printTable(
      [
        'times',
        'offered/s',
        'served/s',
        '503/s',
        'none/s',
        'unsent/s',
        'not accepted',
        'p50 ms',
        'p99 ms',
        '/livez p99',
        '/livez max',
        '/metrics max',
        'MiB',
        'cores: server',
        'load',
        'load late ms',
      ],
      steps.map((step) => [
        String(step.factor),
        ...[step.offered, step.served, step.refused, step.unanswered, step.unsent, step.unaccepted].map(
          (number) => number.toFixed(0),
        ),
        ...[step.p50, step.p99, step.livezP99, step.livezMax, step.metricsMax, step.residentMiB].map(
          (number) => number.toFixed(0),
        ),
        ...[step.serverCores, step.loadCores].map((number) => number.toFixed(2)),
        step.loadLate.toFixed(0),
      ]),
    );
    console.log(
      `\nserved at ${String(FACTORS.at(-1))} times ÷ peak: ${(last / peak).toFixed(2)}; ` +
        `a second afterwards ÷ before: ${(afterwards / capacity).toFixed(2)}`,
    );
    const file = join(
      values.save ? join(import.meta.dirname, '..', '..', 'docs', 'evidence', 'bench') : tmpdir(),
      `portico-overload-${values.route === 'product' ? '' : `${values.route}-`}${store}.json`,
    );
    await mkdir(dirname(file), { recursive: true });
    const results = {
      at: new Date().toISOString(),
      database,
      node: process.version,
      capacity,
      steps,
      afterwards,
    };
    await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
    console.log(`\n${file}`);
  } finally {
    load.end();
  }
});
