import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sequelize } from 'sequelize';
import { connect, type DatabaseOptions } from '#src/platform/database/connect.js';
import { migrate } from '#src/platform/database/migrate.js';
import { sqlTransact, type SqlTransactions } from '#src/platform/database/transact.js';
import { createMariadbDatabase, mariadbMissing } from './mariadb.js';
import { createPostgresDatabase, postgresMissing } from './postgres.js';
import type { TestDatabase } from './throwaway-server.js';

export type ServerName = 'MariaDB' | 'PostgreSQL';
export type SqlDatabaseName = 'SQLite' | ServerName;

export interface OpenOptions extends Partial<Omit<DatabaseOptions, 'url' | 'poolMax'>> {
  /** The size of the pool: 1 finds the queries that escape their transaction. */
  readonly connections?: number;
  /** False leaves the database empty. */
  readonly migrated?: boolean;
}

export interface OpenDatabase extends SqlTransactions {
  readonly name: SqlDatabaseName;
  readonly url: string;
  readonly sequelize: Sequelize;
  /** Another connection pool on the same database, as another process would have; closed with it. */
  another(options?: Omit<OpenOptions, 'migrated'>): Sequelize;
  /** Runs a statement on a connection of its own, outside the pool (servers only). */
  admin(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

const createSqliteFile = async (): Promise<TestDatabase> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-sqlite-'));
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
};

const MISSING: Readonly<Record<ServerName, string | null>> = {
  MariaDB: mariadbMissing,
  PostgreSQL: postgresMissing,
};

/** A database of its own, migrated and otherwise empty. */
export const openSqlDatabase = async (
  name: SqlDatabaseName,
  { connections = 10, migrated = true, currency = 'USD', ...bounds }: OpenOptions = {},
): Promise<OpenDatabase> => {
  const place = await PLACES[name]();
  const opened: Sequelize[] = [];
  const open = (options: Omit<OpenOptions, 'migrated'> = {}): Sequelize => {
    const { connections: poolMax = connections, ...rest } = options;
    const sequelize = connect({ currency, ...bounds, ...rest, url: place.url, poolMax });
    opened.push(sequelize);
    return sequelize;
  };
  const sequelize = open();
  if (migrated) await migrate(sequelize);
  return {
    name,
    url: place.url,
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

/** Describes behaviour on a server; one that is missing is skipped by name, and fails on CI. */
export const onServer = (name: ServerName, title: string, body: () => void): void => {
  const missing = MISSING[name];
  if (missing === null) {
    describe(`${title} on ${name}`, function () {
      this.timeout(60_000); // the first suite on it starts the server
      body();
    });
    return;
  }
  const reason = `${title} on ${name}: ${missing}`;
  if (process.env['CI'] === 'true') {
    it(reason, () => {
      throw new Error(reason);
    });
  } else {
    it.skip(reason);
  }
};

/** Describes the same behaviour on every server. */
export const onEveryServer = (title: string, body: (name: ServerName) => void): void => {
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
