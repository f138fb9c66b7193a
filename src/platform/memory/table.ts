import type { DomainError } from '#src/kernel/errors.js';

/** What a memory table is, as a migration says it of a SQL table. It holds no data: each store has its own. */
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

/** A definition whose rows are of no concern. */
export type AnyTable = MemoryTableDefinition<never>;

/** The name of a table's primary key, as in a SQL database. */
export const primaryName = (definition: AnyTable): string => `${definition.name}_pkey`;

/** By the constraint's name: what callers are told when a write violates it. What is not named here is a bug. */
export type Refusals = Readonly<Record<string, () => DomainError>>;

/** A table of `Row`s. One that refers to itself needs its type annotated as well. */
export const memoryTable = <Row extends object>(definition: MemoryTableDefinition<Row>): typeof definition =>
  definition;

/**
 * The rows of one table, as one scope sees them. Every row handed out is deeply frozen, its dates included. Writes are
 * refused with a plain Error outside a transaction: they would escape it.
 */
export interface MemoryTable<Row extends object> {
  /** The row as it is committed, or as this transaction has written it. Never waits for a lock. */
  find(key: string): Promise<Row | null>;
  /** In no order that callers may count on. Never waits for a lock. `where` must not have side effects. */
  all(where?: (row: Row) => boolean): Promise<readonly Row[]>;
  /** SELECT … FOR UPDATE: waits for the row and reads its latest state. An absent row locks nothing. */
  lock(key: string): Promise<Row | null>;
  /** Waits for others who have written the same key or unique value, or have touched a row referred to. */
  insert(row: Row, refusals?: Refusals): Promise<void>;
  /**
   * UPDATE … WHERE key AND condition: waits for the row, then stores what `change` makes of its latest state. Answers how
   * many rows were touched: 0 when the row is absent or `change` returns `null`, else 1.
   */
  update(key: string, change: (current: Row) => Row | null, refusals?: Refusals): Promise<number>;
  /** `update` for every row that meets `where`, in the order of their keys; `where` is asked again under the lock. */
  updateWhere(
    where: (row: Row) => boolean,
    change: (current: Row) => Row,
    refusals?: Refusals,
  ): Promise<number>;
  /** Waits for the row, then removes it if its latest state meets `where`. Answers how many rows went: 0 or 1. */
  delete(key: string, where?: (current: Row) => boolean, refusals?: Refusals): Promise<number>;
  /** `delete` for every row that meets `where`, in the order of their keys. */
  deleteWhere(where: (row: Row) => boolean, refusals?: Refusals): Promise<number>;
}
