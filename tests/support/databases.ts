import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sequelize } from 'sequelize';
import { connect, type DatabaseOptions } from '#src/platform/database/connect.js';
import { migrate } from '#src/platform/database/migrate.js';
import { sqlTransact, type SqlTransactions } from '#src/platform/database/transact.js';
import { createGaleraDatabase, galeraMissing } from './galera.js';
import { createMariadbDatabase, mariadbInstalled, mariadbMissing } from './mariadb.js';
import { createPostgresDatabase, postgresInstalled, postgresMissing } from './postgres.js';
import type { TestDatabase } from './throwaway-server.js';

export type LoneServerName = 'MariaDB' | 'PostgreSQL';
/** Galera is MariaDB on three nodes: only what is about nodes need run there as well. */
export type ServerName = LoneServerName | 'Galera';
export type SqlDatabaseName = 'SQLite' | ServerName;

export interface OpenOptions extends Partial<Omit<DatabaseOptions, 'url' | 'poolMax'>> {
  /** The size of the pool: 1 finds the queries that escape their transaction. */
  readonly connections?: number;
  /** False leaves the database empty. */
  readonly migrated?: boolean;
  /** Where it is; a new database of the run's unless told. */
  readonly place?: TestDatabase;
}

export interface AnotherOptions extends Omit<OpenOptions, 'migrated' | 'place'> {
  /** The node of a cluster that it prefers, from 1. */
  readonly node?: number;
  /** None of the others stands by. */
  readonly alone?: true;
}

export interface OpenDatabase extends SqlTransactions {
  readonly name: SqlDatabaseName;
  readonly url: string;
  /** For several server processes, a node of a cluster each; otherwise the same one. */
  readonly nodeUrls: readonly [string, ...string[]];
  readonly sequelize: Sequelize;
  /** Another connection pool on the same database, as another process would have; closed with it. */
  another(options?: AnotherOptions): Sequelize;
  /** Runs a statement on a connection of its own, outside the pool (servers only). */
  admin(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

export const createSqliteFile = async (parent = tmpdir()): Promise<TestDatabase> => {
  const folder = await mkdtemp(join(parent, 'portico-sqlite-'));
  return {
    url: `sqlite:${join(folder, 'shop.db')}`,
    admin: () => Promise.reject(new Error('an embedded database has no administrator')),
    drop: () => rm(folder, { recursive: true }),
  };
};

const PLACES: Readonly<Record<SqlDatabaseName, () => Promise<TestDatabase>>> = {
  SQLite: createSqliteFile,
  MariaDB: createMariadbDatabase,
  PostgreSQL: createPostgresDatabase,
  Galera: createGaleraDatabase,
};

const MISSING: Readonly<Record<ServerName, string | null>> = {
  MariaDB: mariadbMissing,
  PostgreSQL: postgresMissing,
  Galera: galeraMissing,
};

const INSTALLED: Readonly<Record<LoneServerName, boolean>> = {
  MariaDB: mariadbInstalled,
  PostgreSQL: postgresInstalled,
};

/** A database of its own, migrated and otherwise empty. */
export const openSqlDatabase = async (
  name: SqlDatabaseName,
  { connections = 10, migrated = true, currency = 'USD', place: given, ...bounds }: OpenOptions = {},
): Promise<OpenDatabase> => {
  const place = given ?? (await PLACES[name]());
  const opened: Sequelize[] = [];
  const open = (options: AnotherOptions = {}): Sequelize => {
    const { connections: poolMax = connections, node = 1, alone = false, ...rest } = options;
    const all = place.nodeUrls?.[node - 1] ?? place.url;
    const url = alone ? all.replace(/,[^/]*/, '') : all;
    const sequelize = connect({ currency, ...bounds, ...rest, url, poolMax });
    opened.push(sequelize);
    return sequelize;
  };
  const sequelize = open();
  if (migrated) await migrate(sequelize);
  return {
    name,
    url: place.url,
    nodeUrls: [place.url, ...(place.nodeUrls ?? []).slice(1)],
    sequelize,
    ...sqlTransact(sequelize),
    another: open,
    admin: (sql) => place.admin(sql),
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await place.drop();
    },
  };
};

/** Describes behaviour that needs something; when that is missing it is skipped by name, and fails on CI. */
const needing = (missing: string | null, title: string, body: (this: Mocha.Suite) => void): void => {
  if (missing === null) {
    describe(title, body);
    return;
  }
  const reason = `${title}: ${missing}`;
  if (process.env['CI'] === 'true') {
    it(reason, () => {
      throw new Error(reason);
    });
  } else {
    it.skip(reason);
  }
};

/** Describes behaviour on a server. */
export const onServer = (name: ServerName, title: string, body: (this: Mocha.Suite) => void): void => {
  needing(MISSING[name], `${title} on ${name}`, body);
};

/** Describes behaviour on a server of its own, which may be hurt: none that was given by its URL. */
export const onOwnServer = (name: LoneServerName, title: string, body: (this: Mocha.Suite) => void): void => {
  needing(INSTALLED[name] ? null : `no ${name} is installed`, `${title} on ${name}`, body);
};

/** Describes the same behaviour on every server that stands alone. */
export const onEveryServer = (title: string, body: (name: LoneServerName) => void): void => {
  for (const name of ['MariaDB', 'PostgreSQL'] as const)
    onServer(name, title, () => {
      body(name);
    });
};

/** Describes the same behaviour on every SQL database. */
export const onEverySqlDatabase = (title: string, body: (name: SqlDatabaseName) => void): void => {
  describe(`${title} on SQLite`, () => {
    body('SQLite');
  });
  onEveryServer(title, body);
};
