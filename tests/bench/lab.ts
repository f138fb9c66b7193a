// The servers that are compared, each on a database of its own that holds the same shop, on one database server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bcrypt from 'bcrypt';
import { QueryTypes, Sequelize } from 'sequelize';
import { bcryptPasswordHashers } from '#src/contexts/accounts/adapters/crypto/bcrypt-password-hasher.js';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { createSqliteFile, openSqlDatabase } from '../support/databases.js';
import { idOf } from '../support/large-tables.js';
import { createMariadbDatabase } from '../support/mariadb.js';
import { createPostgresDatabase, startPostgres } from '../support/postgres.js';
import type { TestDatabase } from '../support/throwaway-server.js';
import { SERVERS, startServer, type RunningServer, type ServerName } from './servers.js';
import { CATEGORIES, fillShop, fillTutorial } from './shop-data.js';
import type { Target } from './workloads.js';

const PASSWORD = 'a long enough password';
/** Of every server: at Portico's default of 12 a log-in takes four times as long, and nothing else changes. */
const BCRYPT_COST = 10;
const SIZE = { products: 1000, users: 1000, orders: 1000 };

export const STORES = { mariadb: 'MariaDB', postgres: 'PostgreSQL', sqlite: 'SQLite' } as const;
export type Store = keyof typeof STORES;

/** PostgreSQL as it is installed: the server of the tests has defaults that no tutorial expects. */
const USUAL = ['default_transaction_isolation=read committed', 'timezone=UTC'];

/** Returns what makes a database, all of them on one server. */
const placesOn = async (store: Store): Promise<() => Promise<TestDatabase>> => {
  if (store === 'sqlite') return createSqliteFile;
  if (store === 'mariadb') return createMariadbDatabase;
  const server = await startPostgres({ settings: USUAL });
  return () => createPostgresDatabase(server);
};

export interface Lab {
  readonly servers: readonly RunningServer[];
  /** Milliseconds of CPU that each start took until the first answer, by server. */
  readonly starts: ReadonlyMap<ServerName, readonly number[]>;
  readonly targets: ReadonlyMap<ServerName, Target>;
  /** Of the servers' databases. */
  readonly urls: ReadonlyMap<ServerName, string>;
  /** Name and version. */
  readonly database: string;
  /** How many statements the database server has been sent so far; null when it does not count them. */
  readonly countStatements: () => Promise<number | null>;
}

/** Sequelize reaches no SQLite that installs without a compiler, unless it is given a driver, which no tutorial does. */
const serversOn = (store: Store): readonly ServerName[] =>
  store === 'sqlite' ? SERVERS.filter((name) => name !== 'tutorial') : SERVERS;

const targetOf = ({ name, url }: RunningServer): Target => {
  const ids = (count: number) =>
    Array.from({ length: count }, (_, n) => (name === 'tutorial' ? String(n + 1) : idOf(n)));
  return { url, products: ids(SIZE.products), categories: ids(CATEGORIES), password: PASSWORD };
};

const fillPorticoTables = async (store: Store, place: TestDatabase): Promise<void> => {
  const hasher = bcryptPasswordHashers({ cost: BCRYPT_COST })({ network: '', worked: () => undefined });
  const { sequelize } = await openSqlDatabase(STORES[store], { place });
  await fillShop(sequelize, SIZE, await hasher.hash(PASSWORD));
  await sequelize.close();
};

const fillTutorialTables = async ({ url }: TestDatabase): Promise<void> => {
  const connection = new Sequelize(url, { logging: false });
  await fillTutorial(connection, SIZE, await bcrypt.hash(PASSWORD, BCRYPT_COST));
  await connection.close();
};

const inspect = async (store: Store, { url }: TestDatabase) => {
  const connection = store === 'sqlite' ? null : new Sequelize(url, { logging: false, pool: { max: 1 } });
  const ask = async (sql: string): Promise<Readonly<Record<string, string>>> => {
    const rows = await connection?.query<Record<string, string>>(sql, { type: QueryTypes.SELECT });
    return rows?.[0] ?? {};
  };
  const { version = '' } = await ask('SELECT version() AS version');
  return {
    database: version.startsWith('PostgreSQL')
      ? version.replace(/ \(.*/, '')
      : `${STORES[store]} ${version}`.trim(),
    countStatements: async () =>
      store === 'mariadb' ? Number((await ask(`SHOW GLOBAL STATUS LIKE 'Questions'`))['Value']) : null,
    close: () => connection?.close(),
  };
};

interface LabOptions {
  readonly store: Store;
  /** How often each server is started, in turn; the last ones stay. */
  readonly starts: number;
  /** Is told what is going on. */
  readonly say: (what: string) => void;
  /** The only server; all of them unless said. */
  readonly only?: ServerName;
  /** Variables of the shop that differ from those of the comparison. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What node is told besides the program. */
  readonly nodeArgs?: readonly string[];
}

/** Makes the databases, starts the servers and calls `use` with them. */
export const withLab = async <T>(
  { store, starts, say, only, settings = {}, nodeArgs }: LabOptions,
  use: (lab: Lab) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
  const names = serversOn(store).filter((name) => only === undefined || name === only);
  const places = new Map<ServerName, TestDatabase>();
  const running = new Map<ServerName, RunningServer>();
  const startsMs = new Map<ServerName, number[]>();
  const environment = {
    JWT_PRIVATE_KEY: generateSigningKey(),
    BCRYPT_COST: String(BCRYPT_COST),
    DEMO_DATA: 'false',
    RATE_LIMITS: 'off',
    PENDING_ORDERS_MAX: '0',
    SHUTDOWN_DELAY: '0',
    ...settings,
  };
  const launch = (name: ServerName): Promise<RunningServer> =>
    startServer(name, { ...environment, DATABASE_URL: places.get(name)?.url ?? '' }, folder, nodeArgs);
  const createDatabase = await placesOn(store);
  try {
    for (const name of names) {
      say(`filling the database of ${name}`);
      const place = await createDatabase();
      places.set(name, place);
      if (name !== 'tutorial') await fillPorticoTables(store, place);
      // A first start makes the tutorial's tables, and does for Portico what no later one has to do.
      if (name !== 'hand-tuned') await (await launch(name)).stop();
      if (name === 'tutorial') await fillTutorialTables(place);
    }
    say('starting the servers');
    for (let at = 0; at < starts; at += 1)
      for (const name of names) {
        await running.get(name)?.stop();
        const server = await launch(name);
        running.set(name, server);
        startsMs.set(name, [...(startsMs.get(name) ?? []), server.startMs]);
      }
    const servers = [...running.values()];
    const targets = new Map(servers.map((server) => [server.name, targetOf(server)]));
    const [[, anyPlace] = []] = places;
    if (anyPlace === undefined) throw new Error('there is no database');
    const { close, ...database } = await inspect(store, anyPlace);
    try {
      const urls = new Map([...places].map(([name, { url }]) => [name, url]));
      return await use({ servers, starts: startsMs, targets, urls, ...database });
    } finally {
      await close();
    }
  } finally {
    await Promise.all([...running.values()].map((server) => server.stop()));
    for (const place of places.values()) await place.drop();
    await rm(folder, { recursive: true });
  }
};
