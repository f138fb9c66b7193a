import { Op } from 'sequelize';
import type { PageRequest, Position } from '#src/kernel/page.js';
import { beyond, isBefore, sortValue, upTo, within, type Name, type Range, type Sort } from './keyset.js';
import { findColumns, findRows, type RowQuery, type Where } from './rows.js';
import type { SqlScope } from './scope.js';
import { searchRows } from './search-rows.js';
import { selectFrom, type Sql } from './statements.js';
import type { Table } from './tables.js';

export type { Range } from './keyset.js';

export interface PageQuery<Row extends object> {
  /**
   * Values that all rows of the list share, in the order of the index that serves the list: together with the sort's column and
   * the tie-breaker they match the index, so every database reads no more of it than the page.
   */
  readonly equal?: { readonly [K in keyof Row]?: Row[K] } | undefined;
  /** On the sort's column. */
  readonly range?: Range | undefined;
  /** Other conditions on the rows. */
  readonly where?: Where<Row> | undefined;
  readonly sort: Sort<Row>;
  /** The tie-breaker, a unique column; `id` by default. */
  readonly idColumn?: Name<Row>;
  readonly page: PageRequest;
  /** The last position to read; without it the list is read to its end. */
  readonly last?: Position | null;
  /** An index that MySQL must read instead of that of the sort. */
  readonly index?: string;
  /** Whether no index serves the list, so that the database may read the whole table for a page; false by default. */
  readonly isSearch?: boolean;
}

/** Returns the query of the rows that follow `page.after` in the list's order, without a limit. */
const listed = <Row extends object>(
  table: Table<Row>,
  {
    equal,
    range = {},
    where = {},
    sort,
    idColumn = 'id' as Name<Row>,
    page: { after },
    last = null,
    index,
  }: PageQuery<Row>,
): Pick<RowQuery<Row>, 'where' | 'order' | 'index'> => {
  const { column, direction, unique = false } = sort;
  const begin = after === null ? null : sortValue(table, column, after.key);
  const conditions: Where<Row>[] = [equal ?? {}, where, ...within<Row>(column, range, direction, begin)];
  if (after !== null && begin !== null && !isBefore(range, direction, begin))
    conditions.push(beyond(table, sort, idColumn, after));
  if (last !== null) conditions.push(upTo(table, sort, idColumn, last));
  const sorted = unique ? [column] : [column, idColumn];
  const served = [table.name, ...Object.keys(equal ?? {}), ...sorted, unique ? 'unique' : 'idx'].join('_');
  const read = index ?? (equal === undefined ? undefined : served);
  return {
    where: { [Op.and]: conditions } as Where<Row>,
    order: sorted.map((name) => [name, direction] as const),
    ...(read !== undefined && { index: read }),
  };
};

const pageIn = <Row extends object>(table: Table<Row>, query: PageQuery<Row>): RowQuery<Row> => ({
  ...listed(table, query),
  limit: query.page.limit + 1,
});

/**
 * Returns the rows that follow `page.after` in the list's order, up to `page.limit` and one more: `pageOf` cuts it off. The
 * position's key is the last row's sort column, a time as `getTime()`.
 */
export const readPage = <Row extends object>(
  table: Table<Row>,
  query: PageQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> =>
  (query.isSearch === true ? searchRows : findRows)(table, pageIn(table, query), scope);

/** Returns some columns of the same rows. */
export const readPageColumns = <Row extends object, Column extends Name<Row>>(
  table: Table<Row>,
  columns: readonly Column[],
  query: PageQuery<Row>,
  scope: SqlScope,
): Promise<readonly Pick<Row, Column>[]> => findColumns(table, columns, pageIn(table, query), scope);

/** Returns the position of a row, of which the columns of the list's order are known. */
export const positionBy =
  <Row extends object>(column: Name<Row>, idColumn: Name<Row> = 'id' as Name<Row>) =>
  (row: Partial<Row>): Position => {
    const key: unknown = row[column];
    return { key: key instanceof Date ? key.getTime() : (key as Position['key']), id: String(row[idColumn]) };
  };

/** Returns the position of the row that is `distance` rows after `page.after`; null if the list ends before it. */
export const positionAfter = async <Row extends object>(
  table: Table<Row>,
  { where: _others, ...query }: PageQuery<Row>,
  distance: number,
  scope: SqlScope,
): Promise<Position | null> => {
  const { sort, idColumn = 'id' as Name<Row> } = query;
  const rows = { ...listed(table, query), limit: 1, offset: distance - 1 };
  const [row] = await findColumns(table, [sort.column, idColumn], rows, scope);
  return row === undefined ? null : positionBy<Row>(sort.column, idColumn)(row as Partial<Row>);
};

/**
 * Returns the condition for rows whose joined words in `column` meet all terms of a search (`haveWords` of the kernel). `%`, `_` and
 * `!` in a term match themselves.
 */
export const havingWords = (column: string, terms: readonly string[], { sequelize }: SqlScope): Sql => {
  const name = sequelize.getQueryInterface().quoteIdentifier(column);
  if (terms.length === 0) return () => '1 = 1';
  const patterns = terms.map((term) => `% ${term.replace(/[!%_]/g, '!$&')}%`);
  return (bind) => `(${patterns.map((pattern) => `${name} LIKE ${bind(pattern)} ESCAPE '!'`).join(' AND ')})`;
};

/** Returns a subquery of one column of another table of the same context: `{ id: { [Op.in]: valuesOf(…) } }`. */
export const valuesOf = <Row extends object>(
  table: Table<Row>,
  column: Name<Row>,
  where: Where<Row>,
): Sql => {
  const select = selectFrom(table, [column], { where });
  return (bind) => `(${select(bind)})`;
};
