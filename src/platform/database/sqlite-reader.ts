import { accessSync } from 'node:fs';
import type Libsql from 'libsql/promise';
import { onDemand } from '../lazily.js';

// libsql's synchronous calls, which all other access to a database file uses, are the quickest way to a row, and block the whole
// process during a statement. Its asynchronous calls run on libsql's own threads, with three properties:
//
// 1. A thread finds only the first row; this thread fetches those that follow. So one statement, which returns no rows, stores
//   the result in a temporary table, which is then read.
// 2. This thread finalises a statement that is garbage-collected, and waits until its connection is idle. So a busy connection
//   has no other statement, and serves one read only.
// 3. `interrupt` waits on this thread until the statement has ended. So a statement cannot be ended early.

/** Returns the rows of a SELECT, as committed when it began, without blocking this thread. */
export type SqliteReader = (sql: string) => Promise<readonly object[]>;

export interface SqliteReaderOptions {
  /** How long a statement waits for another process's lock before it fails with SQLITE_BUSY. */
  readonly busyTimeoutMs: number;
}

/** The parts of libsql that are used here; its own types omit the return values. */
interface Connection {
  exec(sql: string): Promise<void>;
  prepare(sql: string): Promise<{ all(): Promise<readonly object[]> }>;
  close(): void;
}

const libsql = onDemand<typeof Libsql>('libsql/promise');

const open = (file: string, timeout: number): Connection => {
  try {
    accessSync(file); // SQLite would create a missing file
    const Database = libsql();
    return new Database(file, { timeout });
  } catch (cause) {
    // The only error to which libsql gives no code.
    const message = 'SQLITE_CANTOPEN: the database file cannot be opened';
    throw Object.assign(new Error(message, { cause }), { code: 'SQLITE_CANTOPEN' });
  }
};

/** Makes the reader of a database file. */
export const sqliteReader =
  (file: string, { busyTimeoutMs }: SqliteReaderOptions): SqliteReader =>
  async (sql) => {
    const connection = open(file, busyTimeoutMs);
    try {
      await connection.exec('PRAGMA temp_store = MEMORY');
      // Prepared, since `exec` would also execute what follows a semicolon.
      const find = await connection.prepare(`CREATE TEMP TABLE found AS ${sql}`);
      await find.all();
      const found = await connection.prepare('SELECT * FROM found ORDER BY rowid');
      return await found.all();
    } finally {
      connection.close();
    }
  };
