import { ConnectionError } from 'sequelize';
import type { SessionLimits } from './session-limits.js';

/** The part of a mysql2 connection that is used here. */
interface MysqlConnection {
  query(sql: string, done: (error: Error | null, rows: unknown) => void): void;
  destroy(): void;
}

const STRICT =
  'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** The time-out of a statement: MariaDB's variable counts seconds, MySQL's milliseconds and holds for SELECT only. */
const OPTIONAL = (limits: SessionLimits): Readonly<Record<string, string>> => ({
  max_statement_time: String(limits.statementTimeoutMs / 1000),
  max_execution_time: String(limits.statementTimeoutMs),
  // Makes a lost update an error instead of a silence, should anybody ever raise the isolation.
  innodb_snapshot_isolation: 'ON',
});

const run = (connection: MysqlConnection, sql: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => {
      if (error === null) resolve(rows);
      else reject(error);
    });
  });

/** Which of the variables this server has: asked, because versions of MySQL and MariaDB tell it less well. */
const known = async (connection: MysqlConnection, names: readonly string[]): Promise<readonly string[]> => {
  const list = names.map((name) => `'${name}'`).join(', ');
  const rows = await run(connection, `SHOW VARIABLES WHERE Variable_name IN (${list})`);
  return (rows as readonly { readonly Variable_name: string }[]).map((row) => row.Variable_name);
};

/**
 * Sets up a new connection once, so that no transaction pays a round trip for it: READ COMMITTED, strict values, UTC, and
 * the bounds on statements and on waiting for locks.
 */
export const setUpSession =
  (limits: SessionLimits) =>
  async (connection: MysqlConnection): Promise<void> => {
    const optional = OPTIONAL(limits);
    try {
      const names = await known(connection, Object.keys(optional));
      const settings = {
        sql_mode: `'${STRICT}'`,
        time_zone: `'+00:00'`,
        innodb_lock_wait_timeout: String(Math.max(1, Math.ceil(limits.lockTimeoutMs / 1000))),
        ...Object.fromEntries(names.map((name) => [name, optional[name]])),
      };
      const assignments = Object.entries(settings).map(([name, value]) => `SESSION ${name} = ${value}`);
      await run(connection, `SET ${assignments.join(', ')}`);
      await run(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    } catch (error) {
      connection.destroy();
      throw new ConnectionError(error as Error);
    }
  };
