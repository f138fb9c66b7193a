import { accessSync } from 'node:fs';
import Libsql from 'libsql/promise';

// libsql's synchronous calls, which everything else on a database file uses, are the quickest way to a row, and stop all of the
// process for as long as a statement takes. Its asynchronous ones work on threads of libsql's own, with three ways of theirs:
//
// 1. Only the first row is looked for there; those that follow are fetched by this thread. So what is found is put into a
//    temporary table by one statement, which has no rows, and read from that.
// 2. A statement that is collected as garbage is finalised by this thread, which waits until its connection is idle. So a
//    connection that is at work has no other statement, and serves for one read only.
// 3. `interrupt` waits on this thread until the statement has ended. So nothing ends a statement but its end.

/** Returns the rows of a SELECT, of what was committed when it began, and lets this thread go on meanwhile. */
export type SqliteReader = (sql: string) => Promise<readonly object[]>;

export interface SqliteReaderOptions {
  /** How long a statement waits for another process's lock before it fails with SQLITE_BUSY. */
  readonly busyTimeoutMs: number;
}

/** The parts of libsql's that are used here; its own types do not tell what is answered. */
interface Connection {
  exec(sql: string): Promise<void>;
  prepare(sql: string): Promise<{ all(): Promise<readonly object[]> }>;
  close(): void;
}

const open = (file: string, timeout: number): Connection => {
  try {
    accessSync(file); // SQLite would make an empty file where one is missing
    return new Libsql(file, { timeout });
  } catch (cause) {
    // The one error that libsql gives no code.
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
      // Prepared, for `exec` would go on with whatever stood behind a semicolon.
      const find = await connection.prepare(`CREATE TEMP TABLE found AS ${sql}`);
      await find.all();
      const found = await connection.prepare('SELECT * FROM found ORDER BY rowid');
      return await found.all();
    } finally {
      connection.close();
    }
  };
