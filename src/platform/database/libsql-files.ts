import { accessSync, statSync } from 'node:fs';
import { setImmediate as turnOfTheLoop, setTimeout as sleep } from 'node:timers/promises';
import type Libsql from 'libsql';
import { onDemand } from '../lazily.js';
import { createPrivately } from '../private-files.js';
import { MOST_PREPARED } from './drivers.js';

// The embedded database's files by libsql, which comes with its binaries and needs no compiler. Two of its properties need care:
//
// 1. Its busy time-out blocks the thread. Two connections of one process would wait for each other forever, so the time-out is 0
//   here and a timer retries a busy database.
// 2. A prepared statement that ended in SQLITE_BUSY is never reset. From then on its connection reports writes as done that it
//   never commits. So no prepared statement ever competes for the write lock: every write runs between `exec('BEGIN IMMEDIATE')`,
//   which takes the lock, and `exec('COMMIT')`.

/** Parameters that Sequelize binds: by position, or by name with a leading `$`. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

export interface Outcome {
  readonly rows: readonly unknown[];
  readonly lastID: number;
  readonly changes: number;
}

export const NOTHING: Outcome = { rows: [], lastID: 0, changes: 0 };
const LONGEST_PAUSE_MS = 40;

const TRANSACTION_CONTROL = /^\s*(?:begin|commit|end|rollback|savepoint|release|vacuum)\b/i;
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
export interface Handle {
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
export const identityOf = (filename: string): string => {
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

/** Opens files and runs statements on them. Those of one file must not overlap. */
export const libsqlFiles = ({ busyTimeoutMs }: LibsqlOptions) => {
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

  return { open: openFile, execute, executeKept };
};
