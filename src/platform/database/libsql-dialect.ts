import { accessSync, statSync } from 'node:fs';
import type Libsql from 'libsql';
import { onDemand } from '../lazily.js';
import { setImmediate as turnOfTheLoop, setTimeout as sleep } from 'node:timers/promises';
import { createPrivately } from '../private-files.js';
import { MOST_PREPARED } from './drivers.js';

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
const BEGIN = /^\s*begin\b/i;
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

interface Prepared {
  readonly statement: Libsql.Statement;
  readonly isReader: boolean;
}

/** An open file, and what has been prepared on it. */
interface Handle {
  readonly database: Libsql.Database;
  /** What tells the file apart from another one of its name. */
  readonly file: string;
  readonly kept: Map<string, Prepared>;
}

const prepare = (database: Libsql.Database, sql: string): Prepared => {
  const statement = database.prepare(sql);
  return { statement, isReader: statement.reader };
};

/** Nothing of a file that is missing. */
const identityOf = (filename: string): string => {
  const { dev, ino } = statSync(filename, { throwIfNoEntry: false }) ?? {};
  return `${String(dev)} ${String(ino)}`;
};

const libsql = onDemand<typeof Libsql>('libsql');

const openHandle = (filename: string, mustExist: boolean): Libsql.Database => {
  try {
    // SQLite would create a missing file, and gives -wal and -shm the rights of the database.
    (mustExist ? accessSync : createPrivately)(filename);
    const Database = libsql();
    return new Database(filename, { timeout: 0 });
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

  const runStatement = ({ statement, isReader }: Prepared, values: readonly unknown[]): Outcome => {
    if (isReader) return { ...NOTHING, rows: statement.all(...values) };
    const { lastInsertRowid, changes } = statement.run(...values);
    return { ...NOTHING, lastID: Number(lastInsertRowid), changes };
  };

  const runOnce = (database: Libsql.Database, sql: string, parameters: Parameters): Outcome =>
    runStatement(prepare(database, sql), bindings(parameters));

  /** What failed may be what SQLite never resets, so it is not kept. */
  const runKept = ({ database, kept }: Handle, sql: string, values: readonly unknown[]): Outcome => {
    const prepared = kept.get(sql) ?? prepare(database, sql);
    // SQLite ends a transaction by itself when the disk is full, say. What is written after that would be stored on its own.
    if (!prepared.isReader && !database.inTransaction) throw new Error('the transaction has ended');
    kept.delete(sql);
    const outcome = runStatement(prepared, [values]);
    if (kept.size >= MOST_PREPARED) kept.clear();
    kept.set(sql, prepared);
    return outcome;
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

  const executeKept = async (handle: Handle, sql: string, values: readonly unknown[]): Promise<Outcome> => {
    const once = (): Outcome => runKept(handle, sql, values);
    return handle.database.inTransaction ? once() : patiently(once);
  };

  /** Files that were opened before: one that is missing later was moved away. */
  const known = new Set<string>();

  const openFile = async (filename: string): Promise<Handle> => {
    // The memory of closed connections, 170 KB each, is freed in a turn of the event loop.
    await turnOfTheLoop();
    const database = openHandle(filename, known.has(filename));
    known.add(filename);
    try {
      for (const pragma of PRAGMAS) await patiently(() => database.exec(`PRAGMA ${pragma}`));
      return { database, file: identityOf(filename), kept: new Map() };
    } catch (error) {
      database.close();
      throw error;
    }
  };

  /** A connection, which runs its statements one after another, in the order of the calls. */
  class Database {
    readonly filename: string;
    #handle: Handle | undefined;
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

    get inTransaction(): boolean {
      return this.#handle?.database.inTransaction ?? false;
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

    /** Runs a text with values by position, which is kept prepared; without any as `all` does. */
    async execute(
      text: string,
      values: readonly unknown[] | null,
    ): Promise<{ rows: readonly unknown[]; touched: number }> {
      const outcome = this.#tail.then(async () =>
        values === null ? this.#execute(text, []) : executeKept(await this.#open(), text, values),
      );
      this.#tail = outcome.catch(() => undefined);
      const { rows, changes } = await outcome;
      return { rows, touched: changes };
    }

    close(closed?: (error: Error | null) => void): void {
      this.#tail = this.#tail.then(() => {
        this.#shut();
        closed?.(null);
      });
    }

    async #execute(sql: string, parameters: Parameters): Promise<Outcome> {
      // Sequelize rolls back a transaction whose BEGIN has failed, and loses the connection if that fails as well.
      if (ROLLBACK.test(sql) && !this.inTransaction) return NOTHING;
      if (BEGIN.test(sql)) this.#leaveMovedFile();
      const { database } = await this.#open();
      try {
        return await execute(database, sql, parameters);
      } catch (error) {
        // A transaction whose COMMIT fails stays open in SQLite, with its write lock, and Sequelize would not close it.
        if (COMMIT.test(sql)) this.#shut();
        throw error;
      }
    }

    /** What is written from now on belongs into the file that has the name. */
    #leaveMovedFile(): void {
      if (this.#handle !== undefined && this.#handle.file !== identityOf(this.filename)) this.#shut();
    }

    #shut(): void {
      // libsql closes the file when the last statement has been collected: no lock may last until then.
      const database = this.#handle?.database;
      if (database?.inTransaction === true) database.exec('ROLLBACK');
      database?.close();
      this.#handle = undefined;
    }

    /** Opens the file. Sequelize reuses a connection that could not be opened: its next statement tries again. */
    async #open(): Promise<Handle> {
      this.#handle ??= await openFile(this.filename);
      return this.#handle;
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
