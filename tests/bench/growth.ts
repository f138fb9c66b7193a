// `npm run bench -- --size 1m`: what lists, searches, filters, sorts and pages cost the database as a shop grows. Portico is asked
// over HTTP, at a thousand of everything, a hundred thousand and a million; the database itself tells how long its statements took
// and how much they read.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { QueryTypes, Sequelize } from 'sequelize';
import { bcryptPasswordHashers } from '#src/contexts/accounts/adapters/crypto/bcrypt-password-hasher.js';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { openSqlDatabase } from '../support/databases.js';
import { idOf } from '../support/large-tables.js';
import { createMariadbDatabase, startMariadb } from '../support/mariadb.js';
import { createPostgresDatabase, startPostgres } from '../support/postgres.js';
import { startServer } from '../support/server-process.js';
import { administer, type RunningServer, type TestDatabase } from '../support/throwaway-server.js';
import { printTable } from './report.js';
import { emailOf, fillShop, productOf } from './shop-data.js';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1m': 1_000_000 } as const;
type Size = keyof typeof SIZES;
const SMALLEST = '1k';

const PASSWORD = 'a long enough password';
const ADMIN = 'admin@shop.test';
/**
 * How often each request is sent, after one that does not count; once if it takes longer than that. The least counts: what the shop
 * does by itself meanwhile only adds to it.
 */
const TIMES = 5;
const SLOW_MS = 2_000;
const LATE_PAGE = 1_000;
const PAGE = 20;

/** What the statements of one request cost the database. */
export interface Cost {
  readonly ms: number;
  /** Rows on MariaDB, pages of 8 kB on PostgreSQL. */
  readonly read: number;
  /** What the response holds of the list; 1 for a single thing. */
  readonly items: number;
}

type Counted = Omit<Cost, 'items'>;

interface Database {
  readonly name: string;
  /** What `read` counts. */
  readonly unit: string;
  readonly create: () => Promise<TestDatabase>;
  /** Returns what the database has done for `work`, and nothing else runs on it. */
  readonly costOf: (work: () => Promise<unknown>) => Promise<Counted>;
  /** Makes a database read small tables by the indexes by which it reads large ones; only where it would read them as a whole. */
  readonly useIndexes?: (url: string) => Promise<unknown>;
}

const connectTo = (url: string) => {
  const connection = new Sequelize(url, { logging: false, pool: { max: 1 } });
  return (sql: string) => connection.query<Record<string, string>>(sql, { type: QueryTypes.SELECT });
};

const MARIADB = ['--userstat=1', '--innodb-buffer-pool-size=2G', '--innodb-log-file-size=512M'];
const POSTGRES = ['shared_preload_libraries=pg_stat_statements', 'shared_buffers=2GB', 'max_wal_size=4GB'];

const onMariadb = async (server: RunningServer): Promise<Database> => {
  // A user of its own, so that what it asks is not counted as the shop's.
  await administer(server.url, `CREATE USER bench@'127.0.0.1'`);
  await administer(server.url, `GRANT ALL ON *.* TO bench@'127.0.0.1'`);
  const ask = connectTo(server.url.replace('root@', 'bench@'));
  const rowsRead = async (): Promise<number> => {
    const counters = await ask(
      `SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Handler_read%' OR Variable_name = 'Handler_icp_attempts'`,
    );
    return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
  };
  const busySeconds = async (): Promise<number> => {
    const [{ busy = '0' } = {}] = await ask(
      `SELECT BUSY_TIME AS busy FROM information_schema.USER_STATISTICS WHERE USER = 'root'`,
    );
    return Number(busy);
  };
  const counters = async () => ({ busy: await busySeconds(), rows: await rowsRead() });
  const [{ version = '' } = {}] = await ask('SELECT version() AS version');
  // Reading the counters reads rows as well, as many each time.
  const own: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const { rows } = await counters();
    own.push((await counters()).rows - rows);
  }
  const overhead = Math.min(...own);
  return {
    name: `MariaDB ${version}`,
    unit: 'rows',
    create: () => createMariadbDatabase(server),
    costOf: async (work) => {
      const before = await counters();
      await work();
      const after = await counters();
      return { ms: (after.busy - before.busy) * 1000, read: after.rows - before.rows - overhead };
    },
  };
};

const onPostgres = async (server: RunningServer): Promise<Database> => {
  const ask = connectTo(server.url);
  await ask('CREATE EXTENSION pg_stat_statements');
  const [{ version = '' } = {}] = await ask("SELECT current_setting('server_version') AS version");
  return {
    name: `PostgreSQL ${version}`,
    unit: 'pages',
    create: () => createPostgresDatabase(server),
    useIndexes: async (url) => {
      const name = new URL(url).pathname.slice(1);
      for (const way of ['seqscan', 'hashjoin', 'mergejoin'])
        await administer(url, `ALTER DATABASE ${name} SET enable_${way} = off`);
    },
    costOf: async (work) => {
      await ask('SELECT pg_stat_statements_reset()');
      await work();
      const [{ ms = '0', read = '0' } = {}] = await ask(
        `SELECT SUM(total_exec_time) AS ms, SUM(shared_blks_hit + shared_blks_read) AS read
         FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`,
      );
      return { ms: Number(ms), read: Number(read) };
    },
  };
};

const DATABASES = {
  mariadb: async () => onMariadb(await startMariadb(MARIADB)),
  postgres: async () => onPostgres(await startPostgres({ settings: POSTGRES })),
} as const;

const SORTS = ['-createdAt', 'createdAt', 'name', '-name', 'price', '-price'];

/** A request, or a list of which a late page is asked for as well. */
interface Asked {
  readonly path: string;
  readonly who?: 'admin' | 'user';
  readonly isLong?: boolean;
}

const requests = (size: number): Readonly<Record<string, Asked>> => {
  const rare = productOf(Math.floor(size / 3)).name;
  const category = idOf(3);
  return {
    'a product': { path: `/products/${idOf(5)}` },
    ...Object.fromEntries(
      SORTS.map((sort) => [`products by ${sort}`, { path: `/products?sort=${sort}`, isLong: true }]),
    ),
    'products of a category': { path: `/products?category=${category}`, isLong: true },
    'of a category and prices': { path: `/products?category=${category}&minPrice=20&maxPrice=40` },
    'of a category and a wide range of prices': {
      path: `/products?category=${category}&minPrice=20&maxPrice=140`,
    },
    'of a wide range of prices': { path: '/products?minPrice=20&maxPrice=60' },
    'of a range of prices': { path: '/products?minPrice=20&maxPrice=21' },
    'of a range of prices, by price': { path: '/products?minPrice=20&maxPrice=21&sort=price' },
    'in stock': { path: '/products?inStock=true' },
    'sold out': { path: '/products?inStock=false' },
    'of a SKU': { path: '/products?sku=sku-77' },
    'q= of a common word': { path: '/products?q=enamel' },
    'q= of two common words': { path: '/products?q=copper+kettle' },
    'q= of one product': { path: `/products?q=${rare.replaceAll(' ', '+')}` },
    'q= of none': { path: '/products?q=zeppelin' },
    'ledger of a product': { path: `/products/${idOf(5)}/stock-adjustments`, who: 'admin' },
    'my orders': { path: '/orders/mine', who: 'user' },
    orders: { path: '/orders?', who: 'admin', isLong: true },
    'delivered orders': { path: '/orders?status=delivered', who: 'admin', isLong: true },
    'confirmed orders': { path: '/orders?status=confirmed', who: 'admin' },
    'orders of a customer': { path: `/orders?customerId=${idOf(1)}`, who: 'admin' },
    users: { path: '/users?', who: 'admin', isLong: true },
    'disabled users': { path: '/users?disabled=true', who: 'admin' },
    customers: { path: '/customers?', who: 'admin', isLong: true },
    'customers, q= of one': { path: `/customers?q=${emailOf(Math.floor(size / 3))}`, who: 'admin' },
    'customers, q= of none': { path: '/customers?q=zeppelin', who: 'admin' },
  };
};

interface Answer {
  readonly items?: readonly unknown[];
  readonly nextCursor?: string | null;
}

type Get = (path: string, who?: 'admin' | 'user') => Promise<Answer>;

const logIn = async (url: string, email: string): Promise<string> => {
  const body = JSON.stringify({ email, password: PASSWORD });
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${url}/auth/login`, { method: 'POST', headers, body });
  return ((await response.json()) as { readonly accessToken: string }).accessToken;
};

const getter = async (url: string): Promise<Get> => {
  const tokens = { admin: await logIn(url, ADMIN), user: await logIn(url, emailOf(1)) };
  return async (path, who) => {
    const headers = who && { Authorization: `Bearer ${tokens[who]}` };
    const response = await fetch(`${url}${path}`, { ...(headers && { headers }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`);
    return JSON.parse(text) as Answer;
  };
};

/** The path of a late page, or of the last one; walked to in large steps, and measured in usual ones. */
const latePage = async (get: Get, { path, who }: Asked): Promise<string> => {
  const step = 100;
  let after = '';
  for (let at = step; at < LATE_PAGE * PAGE; at += step) {
    const { nextCursor } = await get(`${path}&limit=${String(step)}${after}`, who);
    if (nextCursor === null || nextCursor === undefined) break;
    after = `&after=${nextCursor}`;
  }
  return `${path}${after}`;
};

const measure = async (
  { costOf }: Database,
  get: Get,
  path: string,
  who?: 'admin' | 'user',
): Promise<Cost> => {
  const start = performance.now();
  const { items = [null] } = await get(path, who);
  const times = performance.now() - start > SLOW_MS ? 1 : TIMES;
  const costs: Counted[] = [];
  for (let time = 0; time < times; time += 1) costs.push(await costOf(() => get(path, who)));
  const least = (of: keyof Counted) => Math.min(...costs.map((cost) => cost[of]));
  return { ms: least('ms'), read: least('read'), items: items.length };
};

type Costs = Readonly<Record<string, Cost>>;

const say = (what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
};

const fill = async (place: TestDatabase, count: number): Promise<void> => {
  const name = place.url.startsWith('postgres') ? 'PostgreSQL' : 'MariaDB';
  const { sequelize } = await openSqlDatabase(name, { place });
  const hasher = bcryptPasswordHashers({ cost: 4 })({ network: '', worked: () => undefined });
  const size = { products: count, users: count, orders: count };
  await fillShop(sequelize, size, await hasher.hash(PASSWORD));
  await sequelize.close();
};

/** Measures all requests on a filled database. */
const measureAll = async (database: Database, url: string, count: number): Promise<Costs> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
  const environment = {
    DATABASE_URL: url,
    CATALOG_MAX_STALE_MS: '0', // the database is measured
    JWT_PRIVATE_KEY: generateSigningKey(),
    ADMIN_EMAIL: ADMIN,
    ADMIN_PASSWORD: PASSWORD,
    BCRYPT_COST: '4',
    LOG_LEVEL: 'silent',
    DEMO_DATA: 'false',
    DATABASE_STATEMENT_TIMEOUT_MS: '600000',
  };
  const server = await startServer({ cwd: folder, environment });
  try {
    const get = await getter(server.url);
    const costs: Record<string, Cost> = {};
    for (const [title, asked] of Object.entries(requests(count))) {
      costs[title] = await measure(database, get, asked.path, asked.who);
      if (asked.isLong !== true) continue;
      const path = await latePage(get, asked);
      costs[`${title}, page ${String(LATE_PAGE)}`] = await measure(database, get, path, asked.who);
    }
    return costs;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
};

const measureSize = async (database: Database, name: Size): Promise<Readonly<Record<string, Costs>>> => {
  const place = await database.create();
  try {
    say(`filling ${database.name} with ${name} of everything`);
    await fill(place, SIZES[name]);
    say('measuring');
    const measured = { [name]: await measureAll(database, place.url, SIZES[name]) };
    if (name !== SMALLEST || database.useIndexes === undefined) return measured;
    await database.useIndexes(place.url);
    return { ...measured, [`${name} by index`]: await measureAll(database, place.url, SIZES[name]) };
  } finally {
    await place.drop();
  }
};

const cell = (cost: Cost | undefined): string =>
  cost === undefined ? '–' : `${cost.ms.toFixed(2)} / ${cost.read.toFixed(0)} (${String(cost.items)})`;

const EVIDENCE = join(import.meta.dirname, '..', '..', 'docs', 'evidence', 'bench');

/** Measures each size up to the one that the arguments name, prints the table and writes the results as JSON. */
export const runGrowth = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      size: { type: 'string', default: '1m' },
      store: { type: 'string', default: 'mariadb' },
      save: { type: 'boolean', default: false },
    },
  });
  const { size, store, save } = values;
  const open = Object.entries(DATABASES).find(([name]) => name === store)?.[1];
  const largest = Object.keys(SIZES).indexOf(size);
  if (open === undefined) throw new Error(`--store is one of ${Object.keys(DATABASES).join(', ')}`);
  if (largest < 0) throw new Error(`--size is one of ${Object.keys(SIZES).join(', ')}`);
  const database = await open();
  const sizes = (['1k', '100k', '1m'] as const).filter(
    (name) => SIZES[name] < (Object.values(SIZES)[largest] ?? 0),
  );
  const measured: Record<string, Costs> = {};
  for (const name of [...sizes, size as Size]) Object.assign(measured, await measureSize(database, name));
  const names = Object.keys(measured);
  const rows = Object.keys(measured[size] ?? {}).map((title) => {
    const costs = names.map((name) => measured[name]?.[title]);
    const growth = (of: 'ms' | 'read') => ((costs.at(-1)?.[of] ?? NaN) / (costs[0]?.[of] ?? NaN)).toFixed(1);
    return [title, ...costs.map(cell), `${growth('ms')} / ${growth('read')}`];
  });
  const at = new Date().toISOString();
  console.log(
    `\n${database.name}, ${at}: ms of the database / ${database.unit} read (items), for each request\n`,
  );
  printTable(['request', ...names, 'growth'], rows);
  const file = join(save ? EVIDENCE : tmpdir(), `portico-growth-${store}.json`);
  await mkdir(dirname(file), { recursive: true });
  const run = {
    at,
    database: database.name,
    unit: database.unit,
    node: process.version,
    cpus: cpus().length,
  };
  await writeFile(file, `${JSON.stringify({ ...run, measured }, null, 1)}\n`);
  console.log(`\n${file}`);
};
