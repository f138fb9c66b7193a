import type { DomainError } from '#src/kernel/errors.js';

/** The definition of a memory table, as a migration defines a SQL table. It contains no data: each store has its own. */
export interface MemoryTableDefinition<Row extends object> {
  readonly name: string;
  /** The primary key, as one string. */
  readonly key: (row: Row) => string;
  /** By the constraint's name: the value that no two rows may share; `null` collides with nothing. */
  readonly unique?: Readonly<Record<string, (row: Row) => string | null>>;
  /** By the constraint's name: the row of another table that must exist as long as this one does. */
  readonly references?: Readonly<Record<string, MemoryReference<Row>>>;
}

export interface MemoryReference<Row extends object> {
  /** A function, so that tables may refer to themselves and to those declared after them. */
  readonly table: () => AnyTable;
  /** The key of the row referred to; `null` refers to none. */
  readonly key: (row: Row) => string | null;
}

/** A definition of rows of any type. */
export type AnyTable = MemoryTableDefinition<never>;

/** Returns the name of a table's primary key, as in a SQL database. */
export const primaryName = (definition: AnyTable): string => `${definition.name}_pkey`;

/** By the constraint's name: the error that callers receive when a write violates it. A violation that is not listed is a bug. */
export type Refusals = Readonly<Record<string, () => DomainError>>;

/** Defines a table of `Row`s. One that refers to itself needs its type annotated as well. */
export const memoryTable = <Row extends object>(definition: MemoryTableDefinition<Row>): typeof definition =>
  definition;

/**
 * The rows of one table, as one scope sees them. Every returned row is deeply frozen, including its dates. Writes outside a
 * transaction throw a plain Error: they would escape it.
 */
export interface MemoryTable<Row extends object> {
  /** Returns the row as committed, or as this transaction has written it. Never waits for a lock. */
  find(key: string): Promise<Row | null>;
  /** Returns the matching rows in an unspecified order. Never waits for a lock. `where` must not have side effects. */
  all(where?: (row: Row) => boolean): Promise<readonly Row[]>;
  /** SELECT … FOR UPDATE: waits for the row and reads its latest state. Does not lock an absent row. */
  lock(key: string): Promise<Row | null>;
  /** Waits for other transactions that have written the same key or unique value, or have changed a row referred to. */
  insert(row: Row, refusals?: Refusals): Promise<void>;
  /**
   * UPDATE … WHERE key AND condition: waits for the row, then stores the result of `change` on its latest state. Returns the
   * number of updated rows: 0 if the row is absent or `change` returns `null`, else 1.
   */
  update(key: string, change: (current: Row) => Row | null, refusals?: Refusals): Promise<number>;
  /** Like `update`, for every row that matches `where`, in the order of their keys; calls `where` again under the lock. */
  updateWhere(
    where: (row: Row) => boolean,
    change: (current: Row) => Row,
    refusals?: Refusals,
  ): Promise<number>;
  /** Waits for the row, then deletes it if its latest state matches `where`. Returns the number of deleted rows: 0 or 1. */
  delete(key: string, where?: (current: Row) => boolean, refusals?: Refusals): Promise<number>;
  /** Like `delete`, for every row that matches `where`, in the order of their keys. */
  deleteWhere(where: (row: Row) => boolean, refusals?: Refusals): Promise<number>;
}
