import type { Socket } from 'node:net';
import { ConnectionError } from 'sequelize';
import type { SessionLimits } from './session-limits.js';
import { closeWhenIdle } from './idle-timeout.js';

/** The part of a pg client that is used here. */
interface PostgresConnection {
  readonly connection: { readonly stream: Socket };
  query(sql: string): Promise<unknown>;
  end(): Promise<void>;
}

/** A transaction is idle for so long only if its process has stalled: the server then releases its locks. */
const IDLE_TRANSACTION_MS = 30_000;

/**
 * The settings that determine how statements are parsed and values are written, with the defaults of PostgreSQL: a database, a
 * role or the server may have others. pg requests UTF-8 when it connects, Sequelize sets `standard_conforming_strings`.
 */
const DIALECT: Readonly<Record<string, string>> = {
  datestyle: `'ISO, MDY'`, // pg parses no other format of dates
  intervalstyle: `'postgres'`,
  bytea_output: `'hex'`,
  extra_float_digits: '1',
  transform_null_equals: 'off',
  search_path: 'public', // Sequelize looks for tables there
  // A prepared statement is planned for its values each time: a plan for any values knows neither a rare one nor a LIMIT.
  plan_cache_mode: 'force_custom_plan',
};

const TRANSACTIONS: Readonly<Record<string, string>> = {
  default_transaction_isolation: `'read committed'`,
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  idle_in_transaction_session_timeout: String(IDLE_TRANSACTION_MS),
};

/**
 * Sets up a new connection once, so that no transaction pays a round trip for it: READ COMMITTED, UTC, how statements are parsed,
 * and the time-outs of statements, locks and idle transactions. It uses statements and not start-up parameters, which connection
 * poolers such as PgBouncer refuse.
 */
export const setUpSession =
  ({ statementTimeoutMs, lockTimeoutMs }: SessionLimits) =>
  async (connection: PostgresConnection): Promise<void> => {
    closeWhenIdle(connection.connection.stream, statementTimeoutMs);
    const settings = {
      ...DIALECT,
      ...TRANSACTIONS,
      timezone: `'UTC'`,
      statement_timeout: String(statementTimeoutMs),
      lock_timeout: String(lockTimeoutMs),
    };
    const statements = Object.entries(settings).map(([name, value]) => `SET ${name} = ${value}`);
    try {
      await connection.query(statements.join('; '));
    } catch (error) {
      await connection.end();
      throw new ConnectionError(error as Error);
    }
  };

/** The part of a pg client that shows the state of its transaction; connections of other drivers have none of it. */
interface TransactionState {
  /** False while a statement is under way. Not in pg's types. */
  readonly readyForQuery: boolean;
  getTransactionStatus(): string | null;
}

/**
 * Returns whether PostgreSQL has aborted the connection's open transaction, because one of its statements has failed. PostgreSQL
 * would reply to a COMMIT with a rollback that looks like success. False for other databases.
 */
export const hasAborted = async (connection: object): Promise<boolean> => {
  const client = connection as PostgresConnection & Partial<TransactionState>;
  if (client.getTransactionStatus === undefined) return false;
  // The server sends an error first and the state afterwards; the reply to an empty statement follows both.
  if (client.readyForQuery !== true) await client.query('');
  return client.getTransactionStatus() === 'E';
};
