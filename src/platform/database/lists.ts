import { DataTypes, Op } from 'sequelize';
import type { PageRequest, Position } from '#src/kernel/page.js';
import { findColumns, findRows, type Order, type RowQuery, type Where } from './rows.js';
import type { SqlScope } from './scope.js';
import { searchColumns, searchRows } from './search-rows.js';
import { selectFrom, type Sql } from './statements.js';
import type { Table } from './tables.js';

type Name<Row> = Extract<keyof Row, string>;

type Value = Date | Position['key'];

/** A range of times or numbers, from `from` (inclusive) to `to` (exclusive). */
export interface Range {
  readonly from?: Date | number | undefined;
  readonly to?: Date | number | undefined;
}

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
  readonly sort: {
    /** A column that is never NULL. */
    readonly column: Name<Row>;
    readonly direction: 'asc' | 'desc';
    /** Whether no two rows of the list share a value, so that it needs no tie-breaker. */
    readonly unique?: boolean;
  };
  /** The tie-breaker, a unique column; `id` by default. */
  readonly idColumn?: Name<Row>;
  readonly page: PageRequest;
  /** Whether no index serves the list, so that the database may read the whole table for a page; false by default. */
  readonly isSearch?: boolean;
}

/** Returns the value as it is in a position: times as milliseconds since 1970, all others unchanged. */
const sortValue = <Row extends object>(
  { model }: Table<Row>,
  column: Name<Row>,
  key: Position['key'],
): Value => (model.getAttributes()[column].type instanceof DataTypes.DATE ? new Date(key) : key);

/** The sort columns of a list, and their values at the end of the previous page. */
type SortedBy<Row> = readonly (readonly [column: Name<Row>, value: Value])[];

/**
 * Returns the condition for rows after a position. MySQL uses an index to find the start of `a > x OR (a = x AND id > y)`, but
 * not that of `(a, id) > (x, y)`; the other databases do the opposite, and would read all rows that share `x`.
 */
const beyond = <Row extends object>(
  { names }: Table<Row>,
  sortedBy: SortedBy<Row>,
  direction: 'asc' | 'desc',
): Where<Row> => {
  const sign = direction === 'asc' ? Op.gt : Op.lt;
  const [[column, value], tieBreaker] = sortedBy as [SortedBy<Row>[0], SortedBy<Row>[1]?];
  const past = { [column]: { [sign]: value } } as Where<Row>;
  if (tieBreaker === undefined) return past;
  if (names.dialect === 'mysql') {
    const [idColumn, id] = tieBreaker;
    return { [Op.or]: [past, { [column]: value, [idColumn]: { [sign]: id } }] } as Where<Row>;
  }
  const columns = sortedBy.map(([name]) => names.qualified(name)).join(', ');
  return (bind) => {
    const values = sortedBy.map(([, each]) => bind(each));
    return `(${columns}) ${direction === 'asc' ? '>' : '<'} (${values.join(', ')})`;
  };
};

/**
 * Returns whether a position precedes a range in the order of the list, so that all rows of the range follow it. Only forged
 * positions do.
 */
const isBefore = ({ from, to }: Range, direction: 'asc' | 'desc', position: Value): boolean =>
  direction === 'asc'
    ? from !== undefined && Number(position) < Number(from)
    : to !== undefined && Number(position) >= Number(to);

/**
 * Returns the conditions for a range. A position within the range implies the near end, which is left out then: given two starts,
 * SQLite would choose that one, and read on from there.
 */
const within = <Row extends object>(
  column: Name<Row>,
  { from, to }: Range,
  direction: 'asc' | 'desc',
  position: Value | null,
): readonly Where<Row>[] => {
  const at = position === null ? null : Number(position);
  const followsFrom = direction === 'asc' && at !== null && at >= Number(from);
  const followsTo = direction === 'desc' && at !== null && at < Number(to);
  return [
    ...(from === undefined || followsFrom ? [] : [{ [column]: { [Op.gte]: from } } as Where<Row>]),
    ...(to === undefined || followsTo ? [] : [{ [column]: { [Op.lt]: to } } as Where<Row>]),
  ];
};

const selectionOf = <Row extends object>(
  table: Table<Row>,
  {
    equal,
    range = {},
    where = {},
    sort: { column, direction, unique = false },
    idColumn = 'id' as Name<Row>,
    page: { limit, after },
  }: PageQuery<Row>,
): RowQuery<Row> => {
  const begin = after === null ? null : sortValue(table, column, after.key);
  const conditions: Where<Row>[] = [equal ?? {}, where, ...within<Row>(column, range, direction, begin)];
  if (after !== null && begin !== null && !isBefore(range, direction, begin)) {
    const position = [column, begin] as const;
    conditions.push(beyond(table, unique ? [position] : [position, [idColumn, after.id]], direction));
  }
  const sorted = unique ? [column] : [column, idColumn];
  const order: Order = sorted.map((name) => [name, direction] as const);
  const index = [table.name, ...Object.keys(equal ?? {}), ...sorted, unique ? 'unique' : 'idx'].join('_');
  return {
    where: { [Op.and]: conditions } as Where<Row>,
    order,
    limit: limit + 1,
    ...(equal !== undefined && { index }),
  };
};

/**
 * Returns the rows that follow `page.after` in the list's order, up to `page.limit` and one more: `pageOf` cuts it off. The
 * position's key is the last row's sort column, a time as `getTime()`.
 */
export const readPage = <Row extends object>(
  table: Table<Row>,
  query: PageQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> =>
  (query.isSearch === true ? searchRows : findRows)(table, selectionOf(table, query), scope);

/** Returns some columns of the same rows. */
export const readPageColumns = <Row extends object, Column extends Name<Row>>(
  table: Table<Row>,
  columns: readonly Column[],
  query: PageQuery<Row>,
  scope: SqlScope,
): Promise<readonly Pick<Row, Column>[]> =>
  (query.isSearch === true ? searchColumns : findColumns)(table, columns, selectionOf(table, query), scope);

/**
 * Returns the condition for rows whose normalised text in `column` contains all of `words`, which are normalised alike. `%`, `_`
 * and `!` in a word match themselves.
 */
export const containsText = (column: string, words: readonly string[], { sequelize }: SqlScope): Sql => {
  const name = sequelize.getQueryInterface().quoteIdentifier(column);
  if (words.length === 0) return () => '1 = 1';
  const patterns = words.map((word) => `%${word.replace(/[!%_]/g, '!$&')}%`);
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
