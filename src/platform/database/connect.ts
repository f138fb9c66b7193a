import { Sequelize, Transaction, type Options } from 'sequelize';
import './sequelize-types.js';
import { parseDatabaseUrl, type DatabaseLocation, type TlsOptions } from './database-url.js';
import { MOST_PREPARED } from './drivers.js';
import { failOver, type OnHostAway } from './failover.js';
import { libsqlDialect } from './libsql-dialect.js';
import * as mysql from './mysql-session.js';
import * as postgres from './postgres-session.js';
import { mysqlDriver, postgresDriver } from './server-drivers.js';
import { keepWriter } from './sqlite-connections.js';
import { sqliteReader } from './sqlite-reader.js';
import { shortenTransactions } from './transaction-control.js';

/** Options of a database. Times are in milliseconds. */
export interface DatabaseOptions {
  /** See `parseDatabaseUrl`. */
  readonly url: string;
  /** ISO 4217 code of the shop's currency. */
  readonly currency: string;
  /** The contexts whose tables the database has, apart from the platform's; all by default. */
  readonly contexts?: readonly string[];
  /** Maximum number of connections to a server; 10 by default. An embedded database has one writer and needs no pool. */
  readonly poolMax?: number;
  /** How long a caller waits for a connection, or for its turn to write on an embedded database; 5000 by default. */
  readonly acquireTimeoutMs?: number;
  /** How long a statement may run; 10000 by default. MySQL limits only reads, SQLite nothing. */
  readonly statementTimeoutMs?: number;
  /** How long a statement waits for a lock; 5000 by default. InnoDB counts whole seconds. */
  readonly lockTimeoutMs?: number;
  /** For a database with several hosts. */
  readonly onHostAway?: OnHostAway;
}

/** Returns the options of `tls.connect`, to which pg passes them: there the certificate must name the host by default. */
const postgresTls = ({ verifyIdentity, ...tls }: TlsOptions): object => ({
  ...tls,
  ...(!verifyIdentity && { checkServerIdentity: () => undefined }),
});

const locationOptions = (
  location: DatabaseLocation,
  { acquireTimeoutMs = 5_000, statementTimeoutMs = 10_000, lockTimeoutMs = 5_000 }: DatabaseOptions,
): Options => {
  if (location.kind === 'sqlite')
    return {
      dialect: 'sqlite',
      dialectModule: libsqlDialect({ busyTimeoutMs: lockTimeoutMs }),
      storage: location.file,
      reader: sqliteReader(location.file, { busyTimeoutMs: lockTimeoutMs }),
      transactionType: Transaction.TYPES.IMMEDIATE,
    };
  const { kind, hosts, user: username, password, database, tls } = location;
  const server = { ...hosts[0], username, password, database, keepDefaultTimezone: true };
  const limits = { statementTimeoutMs, lockTimeoutMs };
  if (kind === 'postgres')
    return {
      ...server,
      dialect: 'postgres',
      dialectModule: postgresDriver(),
      dialectOptions: {
        connectionTimeoutMillis: acquireTimeoutMs,
        keepAlive: true,
        clientMinMessages: 'ignore', // otherwise Sequelize sets it by a round trip of its own
        ...(tls !== null && { ssl: postgresTls(tls) }),
      },
      hooks: { afterConnect: postgres.setUpSession(limits) },
    };
  return {
    ...server,
    dialect: 'mysql',
    dialectModule: mysqlDriver(),
    dialectOptions: {
      charset: 'utf8mb4',
      connectTimeout: Math.ceil(acquireTimeoutMs / hosts.length), // time enough to try all of them
      // Sequelize asks MySQL to count changed rows; every other database counts the rows that match the WHERE.
      flags: '',
      typeCast: true, // Sequelize's own makes several objects of each value
      maxPreparedStatements: MOST_PREPARED,
      ...(tls !== null && { ssl: tls }),
    },
    failsOver: hosts.length > 1,
    hooks: { afterConnect: mysql.setUpSession(limits) },
  };
};

/** Returns all options that Sequelize needs; `connect` and the command line of sequelize-cli share them. */
export const sequelizeOptions = (options: DatabaseOptions): Options => ({
  ...locationOptions(parseDatabaseUrl(options.url), options),
  logging: false,
  timezone: '+00:00',
  shopCurrency: options.currency,
  ...(options.contexts !== undefined && { contexts: options.contexts }),
  // A single statement must not be retried inside a transaction that the server has rolled back.
  retry: { max: 1 },
  pool: { max: options.poolMax ?? 10, acquire: options.acquireTimeoutMs ?? 5_000 },
});

/** Returns a database, to which it connects at the first statement. Throws if the URL cannot be read. */
export const connect = (options: DatabaseOptions): Sequelize => {
  const location = parseDatabaseUrl(options.url);
  const sequelize = new Sequelize(sequelizeOptions(options));
  shortenTransactions(sequelize);
  if (location.kind === 'sqlite') keepWriter(sequelize);
  else if (location.hosts.length > 1)
    failOver(sequelize, location.hosts, options.onHostAway ?? (() => undefined));
  return sequelize;
};
