// What several workers serve, compared with one: products by id, from as many clients as keep them busy. The load runs on the same
// cores, as does the database, so the ratio says little where there are no cores left: what each of them used is in the table.
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { STORES, withLab, type Store } from './lab.js';
import { startLoad } from './start-load.js';
import { median, printTable } from './report.js';
import { cpuOf, processesOf, residentOf } from './servers.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'mariadb' },
    workers: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '3' },
  },
});
const store = values.store as Store;
if (!Object.hasOwn(STORES, store)) throw new Error(`--store is one of ${Object.keys(STORES).join(', ')}`);
const [CLIENTS, WINDOWS] = [64, 3];
const MS = Number(values.seconds) * 1000;

const say = (what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
};

const sumOf = async (pids: readonly number[], of: (pid: number) => Promise<number>): Promise<number> =>
  (await Promise.all(pids.map(of))).reduce((sum, each) => sum + each, 0);

const measure = (workers: string) =>
  withLab(
    { store, starts: 1, only: 'Portico', say, settings: { WORKERS: workers, MAX_EVENT_LOOP_DELAY_MS: '0' } },
    async ({ servers: [server], targets }) => {
      if (server === undefined) throw new Error('there is no server');
      const load = startLoad();
      try {
        const paths = (targets.get('Portico')?.products ?? []).map((id) => `/products/${id}`);
        load.aim({ url: server.url, paths, patienceMs: 10_000, connections: CLIENTS });
        await load.run({ kind: 'closed', clients: CLIENTS, ms: 2 * MS });
        const pids = await processesOf(server.pid);
        const [rates, cores, loads]: [number[], number[], number[]] = [[], [], []];
        for (let window = 0; window < WINDOWS; window += 1) {
          const before = await sumOf(pids, cpuOf);
          const { statuses, seconds, cpuMs } = await load.run({ kind: 'closed', clients: CLIENTS, ms: MS });
          rates.push((statuses['200'] ?? 0) / seconds);
          cores.push(((await sumOf(pids, cpuOf)) - before) / 1000 / seconds);
          loads.push(cpuMs / 1000 / seconds);
        }
        const resident = await sumOf(pids, residentOf);
        return { workers, rate: median(rates), cores: median(cores), load: median(loads), resident };
      } finally {
        load.end();
      }
    },
  );

const results = [await measure('1'), await measure(values.workers)];
const [one, several] = results;
console.log(
  `\nGET /products/:id, ${STORES[store]}, ${CLIENTS} clients, ${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1) ?? ''}\n`,
);
printTable(
  ['workers', 'served/s', 'cores of the shop', 'cores of the load', 'resident MiB'],
  results.map(({ workers, rate, cores, load, resident }) => [
    workers,
    rate.toFixed(0),
    cores.toFixed(2),
    load.toFixed(2),
    resident.toFixed(0),
  ]),
);
if (one !== undefined && several !== undefined)
  console.log(
    `\nratio ${(several.rate / one.rate).toFixed(2)}; for each core of the shop ` +
      (several.rate / several.cores / (one.rate / one.cores)).toFixed(2),
  );
