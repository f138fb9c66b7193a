import { accessSync } from 'node:fs';
import Libsql from 'libsql';
import { setImmediate as turnOfTheLoop, setTimeout as sleep } from 'node:timers/promises';
import { createPrivately } from '../private-files.js';

// libsql behind the callbacks of the `sqlite3` package, which Sequelize's SQLite dialect calls. libsql comes with its binaries
// and needs no compiler. Two of its properties need care:
//
// 1. Its busy time-out blocks the thread. Two connections of one process would wait for each other forever, so the time-out is 0
//   here and a timer retries a busy database.
// 2. A prepared statement that ended in SQLITE_BUSY is never reset. From then on its connection reports writes as done that it
//   never commits. So no prepared statement ever competes for the write lock: every write runs between `exec('BEGIN IMMEDIATE')`,
//   which takes the lock, and `exec('COMMIT')`.

/** Parameters that Sequelize binds: by position, or by name with a leading `$`. */
type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

/** `this` of a callback: the number of written rows, and the id of the last one. */
class Statement {
  readonly lastID: number;
  readonly changes: number;

  constructor(lastID: number, changes: number) {
    this.lastID = lastID;
    this.changes = changes;
  }
}

type Done = (this: Statement, error: Error | null, rows?: readonly unknown[]) => void;

interface Outcome {
  readonly rows: readonly unknown[];
  readonly lastID: number;
  readonly changes: number;
}

const NOTHING: Outcome = { rows: [], lastID: 0, changes: 0 };
const LONGEST_PAUSE_MS = 40;

const TRANSACTION_CONTROL = /^\s*(?:begin|commit|end|rollback|savepoint|release|vacuum)\b/i;
const COMMIT = /^\s*commit\b/i;
const ROLLBACK = /^\s*rollback\b/i;
const PRAGMA = /^\s*pragma\b/i;
const RETURNING = /\breturning\b/i;

const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  (String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY') ||
    error.message.includes('database is locked'));

const toDriver = (value: unknown): unknown => {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Date ? value.toISOString() : value;
};

const bindings = (parameters: Parameters): unknown[] => {
  if (Array.isArray(parameters)) return parameters.length === 0 ? [] : [parameters.map(toDriver)];
  const entries = Object.entries(parameters).map(
    ([name, value]) => [name.replace(/^\$/, ''), toDriver(value)] as const,
  );
  return entries.length === 0 ? [] : [Object.fromEntries(entries)];
};

export interface LibsqlOptions {
  /** How long a statement waits for another process's write lock before it fails with SQLITE_BUSY. */
  readonly busyTimeoutMs: number;
}

// Durable: an acknowledged commit is on the disk. WAL: readers and the writer do not wait for each other.
const PRAGMAS = ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'];

const failure = (code: string, message: string, cause: unknown): Error =>
  Object.assign(new Error(`${code}: ${message}`, { cause }), { code });

const openHandle = (filename: string, mustExist: boolean): Libsql.Database => {
  try {
    // SQLite would create a missing file, and gives -wal and -shm the rights of the database.
    (mustExist ? accessSync : createPrivately)(filename);
    return new Libsql(filename, { timeout: 0 });
  } catch (error) {
    // The only error to which libsql gives no code.
    throw failure('SQLITE_CANTOPEN', 'the database file cannot be opened', error);
  }
};

/** Sequelize's `dialectModule` for `dialect: 'sqlite'`. Only for files: a database in memory has a single connection. */
export const libsqlDialect = ({ busyTimeoutMs }: LibsqlOptions): object => {
  const patiently = async <T>(action: () => T): Promise<T> => {
    const deadline = performance.now() + busyTimeoutMs;
    for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return action();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() > deadline) throw failure('SQLITE_BUSY', 'another process is writing', error);
      }
      await sleep(pause * (1 + Math.random()));
    }
  };

  const runOnce = (database: Libsql.Database, sql: string, parameters: Parameters): Outcome => {
    const statement = database.prepare(sql);
    const values = bindings(parameters);
    if (statement.reader) return { ...NOTHING, rows: statement.all(...values) };
    const { lastInsertRowid, changes } = statement.run(...values);
    return { ...NOTHING, lastID: Number(lastInsertRowid), changes };
  };

  const inOwnTransaction = async (database: Libsql.Database, work: () => Outcome): Promise<Outcome> => {
    await patiently(() => database.exec('BEGIN IMMEDIATE'));
    try {
      const outcome = work();
      await patiently(() => database.exec('COMMIT'));
      return outcome;
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };

  const execute = async (
    database: Libsql.Database,
    sql: string,
    parameters: Parameters,
  ): Promise<Outcome> => {
    if (TRANSACTION_CONTROL.test(sql)) {
      await patiently(() => database.exec(sql));
      return NOTHING;
    }
    const once = (): Outcome => runOnce(database, sql, parameters);
    if (database.inTransaction) return once();
    const reads = PRAGMA.test(sql) || (!RETURNING.test(sql) && database.prepare(sql).reader);
    return reads ? patiently(once) : inOwnTransaction(database, once);
  };

  /** Files that were opened before: one that is missing later was moved away. */
  const known = new Set<string>();

  const openFile = async (filename: string): Promise<Libsql.Database> => {
    // libsql returns synchronously, so whole transactions pass in microtasks. Without an occasional turn of the event loop no
    // other request is served, and the memory of closed connections, 170 KB each, is never freed.
    await turnOfTheLoop();
    const database = openHandle(filename, known.has(filename));
    known.add(filename);
    try {
      for (const pragma of PRAGMAS) await patiently(() => database.exec(`PRAGMA ${pragma}`));
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  };

  /** A connection, which runs its statements one after another, in the order of the calls. */
  class Database {
    readonly filename: string;
    #database: Libsql.Database | undefined;
    #tail: Promise<unknown>;

    constructor(filename: string, _mode: number, opened: (error: Error | null) => void) {
      this.filename = filename;
      this.#tail = this.#open().then(
        () => {
          opened(null);
        },
        (error: unknown) => {
          opened(error as Error);
        },
      );
    }

    serialize(work: () => void): void {
      work();
    }

    run(sql: string, parameters?: Parameters | Done, done?: Done): this {
      return this.all(sql, parameters, done);
    }

    all(sql: string, parameters?: Parameters | Done, done?: Done): this {
      const [values, callback] =
        typeof parameters === 'function' ? [[], parameters] : [parameters ?? [], done];
      this.#tail = this.#tail
        .then(() => this.#execute(sql, values))
        .then(
          ({ rows, lastID, changes }) => callback?.call(new Statement(lastID, changes), null, rows),
          (error: unknown) => callback?.call(new Statement(0, 0), error as Error),
        );
      return this;
    }

    close(closed?: (error: Error | null) => void): void {
      this.#tail = this.#tail.then(() => {
        this.#shut();
        closed?.(null);
      });
    }

    async #execute(sql: string, parameters: Parameters): Promise<Outcome> {
      const database = await this.#open();
      // Sequelize rolls back a transaction whose BEGIN has failed, and loses the connection if that fails as well.
      if (ROLLBACK.test(sql) && !database.inTransaction) return NOTHING;
      try {
        return await execute(database, sql, parameters);
      } catch (error) {
        // A transaction whose COMMIT fails stays open in SQLite, with its write lock, and Sequelize would not close it.
        if (COMMIT.test(sql)) this.#shut();
        throw error;
      }
    }

    #shut(): void {
      // libsql closes the file when the last statement has been collected: no lock may last until then.
      if (this.#database?.inTransaction === true) this.#database.exec('ROLLBACK');
      this.#database?.close();
      this.#database = undefined;
    }

    /** Opens the file. Sequelize reuses a connection that could not be opened: its next statement tries again. */
    async #open(): Promise<Libsql.Database> {
      this.#database ??= await openFile(this.filename);
      return this.#database;
    }
  }

  const dialect = {
    Database,
    Statement,
    OPEN_READONLY: 1,
    OPEN_READWRITE: 2,
    OPEN_CREATE: 4,
    verbose: () => dialect,
  };
  return dialect;
};
