import { createRequire } from 'node:module';
import type { Sequelize } from 'sequelize';
import { perObject } from '../per-object.js';
import { isStalePlan } from './database-errors.js';
import type { Value } from './statements.js';

// How the drivers run a prepared statement on a connection of Sequelize's pool. Each keeps what a connection has prepared, for as
// long as the connection lives.

/** The rows that a statement has found, or how many it has written. */
export interface Outcome {
  readonly rows: readonly object[];
  readonly touched: number;
}

export interface Driver {
  /** What Sequelize escapes to write a value into a text. */
  readonly inText: (value: Value) => Value;
  /** What stands in a text for a value that Sequelize has escaped. */
  readonly literal: (escaped: string, value: Value) => string;
  /** What the driver is given to bind. */
  readonly bound: (value: Value) => unknown;
  /** What stands in a text for the value that is bound as the `position`th, from 1. */
  readonly placeholder: (value: Value, position: number) => string;
  /** Runs a text with bound values; without any it is not prepared. */
  readonly execute: (connection: object, text: string, values: readonly unknown[] | null) => Promise<Outcome>;
}

/** How many statements a connection has prepared at most: servers bound the number of all connections' together. */
export const MOST_PREPARED = 256;

const asItIs = (escaped: string): string => escaped;

type Done<T> = (error: Error | null, result: T) => void;

const require = createRequire(import.meta.url); // a shop loads the driver of its own database only

/** The part of a mysql2 connection that is used here. */
interface MysqlConnection {
  query(sql: string, done: Done<readonly object[] | Touched>): unknown;
  execute(sql: string, values: readonly unknown[], done: Done<readonly object[] | Touched>): unknown;
  unprepare(sql: string): unknown;
}

interface Touched {
  readonly affectedRows: number;
}

/** Statements that the server no longer knows, or that a changed table has made useless. They have not been run. */
const NOT_PREPARED: ReadonlySet<unknown> = new Set([
  1243, // unknown statement, as behind a proxy that has changed servers
  1615, // to be prepared anew
]);

const mysqlDriver = (): Driver => {
  const { TypedParameter } = require('mysql2') as {
    TypedParameter: { LONGLONG(value: number): object };
  };
  const execute: Driver['execute'] = (connection, sql, values) =>
    new Promise((resolve, reject) => {
      const done: Done<readonly object[] | Touched> = (error, result) => {
        if (error !== null) reject(error);
        else if (Array.isArray(result)) resolve({ rows: result as readonly object[], touched: 0 });
        else resolve({ rows: [], touched: (result as Touched).affectedRows });
      };
      const client = connection as MysqlConnection;
      if (values === null) client.query(sql, done);
      else client.execute(sql, values, done);
    });
  return {
    inText: (value) =>
      value instanceof Date ? value.toISOString().replace('T', ' ').replace('Z', '') : value,
    literal: asItIs,
    // A number would be bound as a floating-point one.
    bound: (value) => (Number.isSafeInteger(value) ? TypedParameter.LONGLONG(value as number) : value),
    placeholder: () => '?',
    execute: (connection, text, values) =>
      execute(connection, text, values).catch((error: unknown) => {
        if (!NOT_PREPARED.has((error as { readonly errno?: unknown }).errno)) throw error;
        (connection as MysqlConnection).unprepare(text);
        return execute(connection, text, values);
      }),
  };
};

/** The part of a pg client that is used here. */
interface PostgresConnection {
  query(
    query: { name?: string; text: string; values?: readonly unknown[] },
    done: Done<{ readonly rows: readonly object[]; readonly rowCount: number | null }>,
  ): void;
  getTransactionStatus(): string | null;
}

const asZonedText = (value: Date): string => value.toISOString().replace('T', ' ').replace('Z', ' +00:00');

const postgresDriver = (): Driver => {
  /** The names of what each connection has prepared. A name is never used for another text, nor again. */
  const namesOn = perObject<object, Map<string, string>>(() => new Map());
  let made = 0;

  /** `undefined`: it is parsed each time. */
  const nameOf = (connection: object, text: string): string | undefined => {
    const names = namesOn(connection);
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST_PREPARED) return known;
    const name = `s${String((made += 1))}`;
    names.set(text, name);
    return name;
  };
  const execute: Driver['execute'] = (connection, text, values) =>
    new Promise((resolve, reject) => {
      const name = values === null ? undefined : nameOf(connection, text);
      const query = { text, ...(name !== undefined && { name }), ...(values !== null && { values }) };
      (connection as PostgresConnection).query(query, (error, result) => {
        if (error !== null) reject(error);
        else resolve({ rows: result.rows, touched: result.rowCount ?? 0 });
      });
    });

  return {
    inText: (value) => (value instanceof Date ? asZonedText(value) : value),
    // A CASE whose values are all quoted is a text, which no column of times takes.
    literal: (escaped, value) => (value instanceof Date ? `${escaped}::timestamptz` : escaped),
    bound: (value) => {
      if (value instanceof Date) return asZonedText(value);
      return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\\0') : value;
    },
    // As what a value would be in a text: PostgreSQL takes the type of what it is compared with, an integer of 32 bits for example.
    placeholder: (value, position) => {
      const at = `$${String(position)}`;
      if (typeof value === 'number') return `${at}::${Number.isSafeInteger(value) ? 'bigint' : 'numeric'}`;
      if (typeof value === 'boolean') return `${at}::boolean`;
      return value instanceof Date ? `${at}::timestamptz` : at;
    },
    execute: (connection, text, values) =>
      execute(connection, text, values).catch((error: unknown) => {
        if (!isStalePlan(error)) throw error;
        namesOn(connection).delete(text);
        // A transaction is lost with the statement, and is run again as a whole.
        if ((connection as PostgresConnection).getTransactionStatus() !== 'I') throw error;
        return execute(connection, text, values);
      }),
  };
};

/** A connection of libsql-dialect.ts. */
interface SqliteConnection {
  execute(text: string, values: readonly unknown[] | null): Promise<Outcome>;
}

const sqliteDriver = (): Driver => ({
  inText: (value) => (value instanceof Date ? asZonedText(value) : value),
  literal: asItIs,
  bound: (value) => {
    if (value instanceof Date) return asZonedText(value);
    return typeof value === 'boolean' ? Number(value) : value;
  },
  placeholder: () => '?',
  execute: (connection, text, values) => (connection as SqliteConnection).execute(text, values),
});

const DRIVERS: Readonly<Record<string, () => Driver>> = {
  mysql: mysqlDriver,
  postgres: postgresDriver,
  sqlite: sqliteDriver,
};

/** Returns the driver of a database. */
export const driverOf = perObject((sequelize: Sequelize): Driver => {
  const make = DRIVERS[sequelize.getDialect()];
  if (make === undefined) throw new Error(`no driver for ${sequelize.getDialect()}`);
  return make();
});
