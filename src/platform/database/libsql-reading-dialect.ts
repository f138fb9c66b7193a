import { dialectOf, Statement, type Done, type Parameters } from './libsql-dialect.js';
import { sqliteReader, type SqliteReader, type SqliteReaderOptions } from './sqlite-reader.js';

// A second dialect module beside `libsql-dialect.ts`, for the same file: it reads, and not on this thread.

/** What Sequelize asks on each connection and before each SELECT, and makes no use of when rows are read raw. */
const PRAGMA = /^\s*pragma\b/i;

/** Sequelize's `dialectModule` for a file that is only read. Statements run at once, outside of transactions. */
export const libsqlReadingDialect = (options: Omit<SqliteReaderOptions, 'file'>): object => {
  class Database {
    readonly filename: string;
    readonly #reader: SqliteReader;

    constructor(filename: string, _mode: number, opened: (error: Error | null) => void) {
      this.filename = filename;
      this.#reader = sqliteReader({ ...options, file: filename });
      queueMicrotask(() => {
        opened(null);
      });
    }

    serialize(work: () => void): void {
      work();
    }

    run(sql: string, parameters?: Parameters | Done, done?: Done): this {
      return this.all(sql, parameters, done);
    }

    all(sql: string, parameters?: Parameters | Done, done?: Done): this {
      const callback = typeof parameters === 'function' ? parameters : done;
      const rows = PRAGMA.test(sql) ? Promise.resolve([]) : this.#reader.read(sql);
      rows.then(
        (found) => callback?.call(new Statement(0, 0), null, found),
        (error: unknown) => callback?.call(new Statement(0, 0), error as Error),
      );
      return this;
    }

    close(closed?: (error: Error | null) => void): void {
      this.#reader.close().then(
        () => closed?.(null),
        (error: unknown) => closed?.(error as Error),
      );
    }
  }
  return dialectOf(Database);
};
