// A soak: visitors read, order and log in for some minutes, and at the end neither memory nor any table has grown but by what belongs
// to orders and log-ins. `--minutes 10` by default; the second half is what counts.
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { QueryTypes, Sequelize } from 'sequelize';
import { startLoad } from './compare.js';
import { STORES, withLab, type Store } from './lab.js';
import { printTable } from './report.js';
import { residentOf } from './servers.js';
import { ROUTES } from './workloads.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'mariadb' },
    minutes: { type: 'string', default: '10' },
  },
});
const store = values.store as Store;
if (!Object.hasOwn(STORES, store) || store === 'sqlite') throw new Error('--store is mariadb or postgres');
const MS = Number(values.minutes) * 60_000;
const TURN_MS = 2_000;
/** What may grow: orders and what belongs to them, and what is kept of log-ins until it expires. */
const MAY_GROW =
  /^(orders|order_lines|stock_ledger|outbox_\w+|audit_entries|sessions|refresh_\w+|known_places)$/;
/** MiB by which resident memory may differ between the third and the last quarter: the collector runs when it likes. */
const NOISE_MIB = 15;

const say = (what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
};

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

/** The rows of each table. */
const rowsIn = async (url: string): Promise<ReadonlyMap<string, number>> => {
  const sequelize = new Sequelize(url, { logging: false, pool: { max: 1 } });
  try {
    const names = (await sequelize.getQueryInterface().showAllTables()) as unknown as readonly string[];
    const counts = new Map<string, number>();
    for (const table of names.map((each) => (typeof each === 'string' ? each : String(each)))) {
      const quoted = sequelize.getQueryInterface().quoteIdentifier(table);
      const [row] = await sequelize.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${quoted}`, {
        type: QueryTypes.SELECT,
      });
      counts.set(table, Number(row?.n));
    }
    return counts;
  } finally {
    await sequelize.close();
  }
};

await withLab({ store, starts: 1, only: 'Portico', say }, async ({ servers: [server], targets, urls }) => {
  const [target, url] = [targets.get('Portico'), urls.get('Portico')];
  if (server === undefined || target === undefined || url === undefined)
    throw new Error('there is no server');
  const load = startLoad();
  try {
    await load.obey({ kind: 'prepare', server: server.name, target });
    // Fills what each visitor has once, such as a cart.
    for (const route of ROUTES) await load.obey({ kind: 'run', server: server.name, route, ms: TURN_MS });
    const before = await rowsIn(url);
    const resident: number[] = [];
    let requests = 0;
    const end = performance.now() + MS;
    for (let turn = 0; performance.now() < end; turn += 1) {
      const route = ROUTES[turn % ROUTES.length] ?? 'product';
      const done = await load.obey({ kind: 'run', server: server.name, route, ms: TURN_MS });
      requests += done?.requests ?? 0;
      resident.push(await residentOf(server.pid));
      if (turn % 30 === 0) say(`${resident.at(-1)?.toFixed(0) ?? ''} MiB after ${requests} visits`);
    }
    await wait(2_000);
    const after = await rowsIn(url);
    const quarter = Math.floor(resident.length / 4);
    const [third, last] = [resident.slice(-2 * quarter, -quarter), resident.slice(-quarter)].map(mean);
    const growth = (last ?? NaN) - (third ?? NaN);
    const grown = [...after].filter(([table, count]) => count > (before.get(table) ?? 0));
    const wrong = grown.filter(([table]) => !MAY_GROW.test(table));
    console.log(
      `\n${requests} visits in ${values.minutes} minutes, ${STORES[store]}, load average ${loadavg()[0]?.toFixed(1) ?? ''}\n`,
    );
    printTable(
      ['table', 'rows before', 'rows after', ''],
      grown.map(([table, count]) => [
        table,
        String(before.get(table) ?? 0),
        String(count),
        MAY_GROW.test(table) ? '' : 'must not grow',
      ]),
    );
    console.log(
      `\nresident: ${resident[0]?.toFixed(0) ?? ''} MiB at first, third quarter ${third?.toFixed(0) ?? ''}, last quarter ${last?.toFixed(0) ?? ''} ` +
        `(${growth.toFixed(1)} MiB more; noise up to ${NOISE_MIB})`,
    );
    if (wrong.length > 0 || growth > NOISE_MIB) process.exitCode = 1;
  } finally {
    load.end();
  }
});
