import {
  identityOf,
  libsqlFiles,
  NOTHING,
  type Handle,
  type LibsqlOptions,
  type Outcome,
  type Parameters,
} from './libsql-files.js';

// libsql behind the callbacks of the `sqlite3` package, which Sequelize's SQLite dialect calls.

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

const BEGIN = /^\s*begin\b/i;
const COMMIT = /^\s*commit\b/i;
const ROLLBACK = /^\s*rollback\b/i;

/** Sequelize's `dialectModule` for `dialect: 'sqlite'`. Only for files: a database in memory has a single connection. */
export const libsqlDialect = (options: LibsqlOptions): object => {
  const files = libsqlFiles(options);

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
        values === null ? this.#execute(text, []) : files.executeKept(await this.#open(), text, values),
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
        return await files.execute(database, sql, parameters);
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
      this.#handle ??= await files.open(this.filename);
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
