import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Libsql from 'libsql';
import { QueryTypes, type Sequelize } from 'sequelize';

/** How long connections may take to end after their process has stopped. */
const ENDING_MS = 5_000;
const POLL_MS = 100;

/** Other connections of this user to this database; on a cluster, to this node. */
const OTHERS: Readonly<Record<string, string>> = {
  mysql:
    'SELECT COUNT(*) AS others FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()',
  postgres: `SELECT COUNT(*) AS others FROM pg_stat_activity
     WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()`,
};

/**
 * Waits until this is the only connection to a database server's database; throws if others stay. `sequelize` must have a pool of
 * one connection. An idle shop has a connection too, because its relay polls.
 */
export const requireSoleConnection = async (sequelize: Sequelize, withinMs = ENDING_MS): Promise<void> => {
  const sql = OTHERS[sequelize.getDialect()];
  if (sql === undefined) throw new Error('only a database server knows its connections');
  const deadline = performance.now() + withinMs;
  for (;;) {
    const [row] = await sequelize.query<{ others: number | string }>(sql, { type: QueryTypes.SELECT });
    const others = Number(row?.others);
    if (others === 0) return;
    if (performance.now() >= deadline)
      throw new Error(
        `it is in use: ${String(others)} other connections are open; stop the shop and what else uses it`,
      );
    await sleep(POLL_MS);
  }
};

/**
 * Executes a statement in the file of an embedded database, if no other connection has it open; throws if one has. A process that
 * serves the file has it open all the time.
 */
export const writeAlone = (file: string, sql: string): void => {
  if (!existsSync(file)) throw new Error('there is no such file');
  // By `exec` only: a prepared statement would keep the connection open, and the lock with it, until it is collected.
  const database = new Libsql(file, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    database.exec(sql);
    database.exec('COMMIT');
  } catch (error) {
    if (error instanceof Error && error.message.includes('locked'))
      throw new Error('it is in use: stop the shop and what else uses it', { cause: error });
    throw error;
  } finally {
    database.close();
  }
};
