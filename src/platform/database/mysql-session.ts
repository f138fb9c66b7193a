import type { Socket } from 'node:net';
import { ConnectionError } from 'sequelize';
import type { SessionLimits } from './session-limits.js';
import { closeWhenIdle } from './idle-timeout.js';

/** The part of a mysql2 connection that is used here. */
interface MysqlConnection {
  readonly stream: Socket;
  query(sql: string, done: (error: Error | null, rows: unknown) => void): void;
  destroy(): void;
}

const STRICT =
  'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/**
 * The variables that determine how statements are executed, with the defaults of MySQL: a server may have others, also through
 * its `init_connect`. Not every version has all of them.
 */
const DIALECT: Readonly<Record<string, string>> = {
  autocommit: '1', // otherwise a write outside a transaction would never be committed
  completion_type: '0', // COMMIT neither starts the next transaction nor closes the connection
  default_storage_engine: 'InnoDB',
  foreign_key_checks: '1',
  unique_checks: '1',
  check_constraint_checks: '1',
  sql_safe_updates: '0',
  sql_auto_is_null: '0',
  sql_big_selects: '1',
  max_sort_length: '1024',
};

/**
 * Runs before any other statement, so that the server replies completely and in UTF-8: a server may ignore the character set of
 * the handshake (skip-character-set-client-handshake).
 */
const READABLE =
  'SET NAMES utf8mb4 COLLATE utf8mb4_general_ci, SESSION sql_select_limit = 18446744073709551615';

/**
 * Returns variables that not every server has. The time-out of a statement: MariaDB's variable counts seconds, MySQL's counts
 * milliseconds and applies to SELECT only.
 */
const OPTIONAL = (limits: SessionLimits): Readonly<Record<string, string>> => ({
  ...DIALECT,
  max_statement_time: String(limits.statementTimeoutMs / 1000),
  max_execution_time: String(limits.statementTimeoutMs),
  // Turns a lost update into an error, should the isolation level ever be raised.
  innodb_snapshot_isolation: 'ON',
});

/**
 * A read waits until this node has applied what the other nodes have committed before: a Galera node may be behind, and a
 * customer must find what they have just stored through another server process.
 */
const GALERA = { wsrep_sync_wait: '1' };

/** The connections to Galera nodes. */
const toGalera = new WeakSet<object>();

/** Returns whether row locks cover one node only; false for the connections of other databases. */
export const isGaleraConnection = (connection: object): boolean => toGalera.has(connection);

/** The connections to MariaDB. */
const toMariaDb = new WeakSet<object>();

/** Returns whether DELETE can return the rows: on MariaDB, not on MySQL. */
export const returnsDeleted = (connection: object): boolean => toMariaDb.has(connection);

const run = (connection: MysqlConnection, sql: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => {
      if (error === null) resolve(rows);
      else reject(error);
    });
  });

type Variables = ReadonlyMap<string, string>;

const readVariables = async (connection: MysqlConnection, sql: string): Promise<Variables> => {
  const rows = await run(connection, sql);
  return new Map(
    (rows as readonly { readonly Variable_name: string; readonly Value: string }[]).map((row) => [
      row.Variable_name,
      row.Value,
    ]),
  );
};

/**
 * Returns the variables that this server has. It asks the server, since version numbers of MySQL and MariaDB are less reliable.
 */
const known = (connection: MysqlConnection, names: readonly string[]): Promise<Variables> =>
  readVariables(
    connection,
    `SHOW VARIABLES WHERE Variable_name IN (${names.map((name) => `'${name}'`).join(', ')})`,
  );

/** Fails on a Galera node without a majority, which accepts connections and executes statements that need no table. */
const checkReady = async (connection: MysqlConnection): Promise<void> => {
  const status = await readVariables(connection, `SHOW STATUS LIKE 'wsrep_ready'`);
  if (status.get('wsrep_ready') !== 'ON')
    throw new Error('the node of Galera is not ready: it has no majority or is catching up');
};

/**
 * Sets up a new connection once, so that no transaction pays a round trip for it: READ COMMITTED, strict values, UTC, how
 * statements are parsed and executed, and the time-outs of statements and locks.
 */
export const setUpSession =
  (limits: SessionLimits) =>
  async (connection: MysqlConnection): Promise<void> => {
    closeWhenIdle(connection.stream, limits.statementTimeoutMs);
    const optional = OPTIONAL(limits);
    try {
      await run(connection, READABLE);
      const variables = await known(connection, ['version', 'wsrep_on', ...Object.keys(optional)]);
      if (variables.get('version')?.includes('MariaDB') === true) toMariaDb.add(connection);
      const isGalera = variables.get('wsrep_on') === 'ON';
      if (isGalera) {
        await checkReady(connection);
        toGalera.add(connection);
      }
      const settings = {
        sql_mode: `'${STRICT}'`,
        time_zone: `'+00:00'`,
        innodb_lock_wait_timeout: String(Math.max(1, Math.ceil(limits.lockTimeoutMs / 1000))),
        ...Object.fromEntries(Object.entries(optional).filter(([name]) => variables.has(name))),
        ...(isGalera && GALERA),
      };
      const assignments = Object.entries(settings).map(([name, value]) => `SESSION ${name} = ${value}`);
      await run(connection, `SET ${assignments.join(', ')}`);
      await run(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE');
    } catch (error) {
      connection.destroy();
      throw new ConnectionError(error as Error);
    }
  };
