import { Op } from 'sequelize';
import type { Position } from '#src/kernel/page.js';
import { beyond } from './keyset.js';
import { run } from './prepared.js';
import { deleteRows, findRows, insertRows, type Where } from './rows.js';
import type { SqlScope } from './scope.js';
import { countOf } from './statements.js';
import type { AnyTable, Table } from './tables.js';
import type { SqlTransactions } from './transact.js';

/** Maximum number of rows that are read, and written by one transaction, at a time. */
const BATCH = 200;

/** A row of any table. */
type AnyRow = Readonly<Record<string, Position['key']>>;

/** What is copied: a table in the database that the rows are in, and the same table in the database that they go to. */
export interface Copying {
  readonly table: (scope: SqlScope) => AnyTable;
  readonly from: SqlScope;
  readonly to: SqlTransactions;
  /** The rows to copy; all by default. */
  readonly where?: Where<AnyRow>;
}

/** Returns the columns of a table's primary key. */
export const primaryKeyOf = ({ name, model }: AnyTable): readonly [first: string, second?: string] => {
  const [first, second, ...more] = model.primaryKeyAttributes;
  if (first === undefined || more.length > 0) throw new Error(`${name} needs a key of one or two columns`);
  return second === undefined ? [first] : [first, second];
};

const inOrder = (table: AnyTable, direction: 'asc' | 'desc') =>
  primaryKeyOf(table).map((column = '') => [column, direction] as const);

const positionOf = (table: AnyTable, row: AnyRow): Position => {
  const [first, second = first] = primaryKeyOf(table);
  return { key: row[first] ?? '', id: (row[second] ?? '') as string };
};

/** Yields rows in the order of the primary key, a batch at a time. */
const batchesOf = async function* (
  table: Table<AnyRow>,
  scope: SqlScope,
  where: Where<AnyRow>,
  after: Position | null = null,
): AsyncGenerator<readonly AnyRow[]> {
  const [column, second] = primaryKeyOf(table);
  const sort = { column, direction: 'asc', unique: second === undefined } as const;
  for (let position = after; ;) {
    const following = position === null ? [] : [beyond(table, sort, second ?? column, position)];
    const query = {
      where: { [Op.and]: [where, ...following] } as Where<AnyRow>,
      order: inOrder(table, 'asc'),
      limit: BATCH,
    };
    const rows = await findRows(table, query, scope);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    position = positionOf(table, last);
  }
};

/** Returns the number of rows that match. */
export const countRows = async (
  table: AnyTable,
  scope: SqlScope,
  where: Where<AnyRow> = {},
): Promise<number> => {
  const { rows } = await run(countOf(table as Table<AnyRow>, where), scope);
  return Number((rows[0] as { readonly counted: unknown }).counted);
};

/** Returns the last row by the primary key; null if the table is empty. */
const lastRow = async (table: Table<AnyRow>, scope: SqlScope): Promise<AnyRow | null> => {
  const [last] = await findRows(table, { order: inOrder(table, 'desc'), limit: 1 }, scope);
  return last ?? null;
};

/**
 * Copies rows in the order of their primary key, and goes on after the last one that is there: an earlier copy was interrupted.
 * Nothing else may write to either table. Returns the number of rows that are there.
 */
export const copyRows = async ({ table, from, to, where = {} }: Copying): Promise<number> => {
  const [source, target] = [table(from), table(to.outside)] as [Table<AnyRow>, Table<AnyRow>];
  const last = await lastRow(target, to.outside);
  const after = last === null ? null : positionOf(target, last);
  for await (const rows of batchesOf(source, from, where, after))
    await to.transact((scope) => insertRows(target, rows, scope));
  return countRows(target, to.outside);
};

/** Which rows `addRows` writes: as they are to be stored, and whether a stored one with the same key is replaced by one. */
export interface Adding {
  readonly as?: (row: AnyRow) => object;
  readonly replaces?: (row: AnyRow, stored: AnyRow) => boolean;
}

/**
 * Copies rows to a table that may have some of them, from here or from another database: each is stored once by its primary key,
 * which has one column. Nothing else may write to either table. Returns the number of copied rows.
 */
export const addRows = async (
  { table, from, to, where = {} }: Copying,
  { as = (row) => row, replaces = () => false }: Adding = {},
): Promise<number> => {
  const [source, target] = [table(from), table(to.outside)] as [Table<AnyRow>, Table<AnyRow>];
  const [key] = primaryKeyOf(source);
  let copied = 0;
  for await (const rows of batchesOf(source, from, where)) {
    const withKeys = (some: readonly AnyRow[]) =>
      ({ [key]: { [Op.in]: some.map((row) => row[key]) } }) as Where<AnyRow>;
    await to.transact(async (scope) => {
      const stored = await findRows(target, { where: withKeys(rows) }, scope);
      const storedBy = new Map(stored.map((row) => [row[key], row]));
      const isNew = (row: AnyRow): boolean => {
        const found = storedBy.get(row[key]);
        return found === undefined || replaces(row, found);
      };
      const written = rows.filter(isNew);
      const replaced = written.filter((row) => storedBy.has(row[key]));
      if (replaced.length > 0) await deleteRows(target, withKeys(replaced), scope);
      await insertRows(target, written.map(as) as readonly AnyRow[], scope);
    });
    copied += rows.length;
  }
  return copied;
};
