import { DataTypes, Op, literal, type Order, type WhereOptions } from 'sequelize';
import type { PageRequest, Position } from '#src/kernel/page.js';
import { findRows, type Where } from './rows.js';
import type { SqlScope } from './scope.js';
import { searchRows, selectStatement } from './search-rows.js';
import type { Table } from './tables.js';

type Literal = ReturnType<typeof literal>;
type Name<Row> = Extract<keyof Row, string>;

type Value = Date | Position['key'];

/** Of times or numbers: `from` and more, less than `to`. */
export interface Range {
  readonly from?: Date | number | undefined;
  readonly to?: Date | number | undefined;
}

export interface PageQuery<Row extends object> {
  /**
   * The values that all rows of the list share, in the order of the index that the list is read by: with the sort's column
   * and the tie-breaker they name it, and every database then reads no more of it than the page.
   */
  readonly equal?: { readonly [K in keyof Row]?: Row[K] } | undefined;
  /** Of the sort's column. */
  readonly range?: Range | undefined;
  /** What else the rows meet. */
  readonly where?: Where<Row> | undefined;
  readonly sort: {
    /** A column that is never NULL. */
    readonly column: Name<Row>;
    readonly direction: 'asc' | 'desc';
    /** True when no two rows of the list share a value, so that it needs no tie-breaker. */
    readonly unique?: boolean;
  };
  /** The tie-breaker, a unique column; `id` unless told. */
  readonly idColumn?: Name<Row>;
  readonly page: PageRequest;
  /** Whether no index leads to the rows, so that the database may read all of the table for a page; false unless told. */
  readonly isSearch?: boolean;
}

/** Instants stand in positions as milliseconds since 1970; anything else stands for itself. */
const sortValue = <Row extends object>(
  { model }: Table<Row>,
  column: Name<Row>,
  key: Position['key'],
): Value => (model.getAttributes()[column].type instanceof DataTypes.DATE ? new Date(key) : key);

/** The columns that a list is sorted by, and their values at the end of the page before. */
type SortedBy<Row> = readonly (readonly [column: Name<Row>, value: Value])[];

/**
 * What comes after a position. MySQL finds the start of `a > x OR (a = x AND id > y)` in an index, but not that of
 * `(a, id) > (x, y)`; with the others it is the other way round, and they would walk through all rows that share `x`.
 */
const beyond = <Row extends object>(
  sortedBy: SortedBy<Row>,
  direction: 'asc' | 'desc',
  { sequelize }: SqlScope,
): WhereOptions => {
  const sign = direction === 'asc' ? Op.gt : Op.lt;
  const [[column, value], tieBreaker] = sortedBy as [SortedBy<Row>[0], SortedBy<Row>[1]?];
  const past = { [column]: { [sign]: value } };
  if (tieBreaker === undefined) return past;
  if (sequelize.getDialect() === 'mysql') {
    const [idColumn, id] = tieBreaker;
    return { [Op.or]: [past, { [column]: value, [idColumn]: { [sign]: id } }] };
  }
  const queryInterface = sequelize.getQueryInterface();
  const columns = sortedBy.map(([name]) => queryInterface.quoteIdentifier(name));
  const values = sortedBy.map(([, each]) => sequelize.escape(each));
  return literal(`(${columns.join(', ')}) ${direction === 'asc' ? '>' : '<'} (${values.join(', ')})`);
};

/** Whether a position lies before a range in the order of the list, so that all rows of the range follow it. Only forged ones do. */
const isBefore = ({ from, to }: Range, direction: 'asc' | 'desc', position: Value): boolean =>
  direction === 'asc'
    ? from !== undefined && Number(position) < Number(from)
    : to !== undefined && Number(position) >= Number(to);

/**
 * The ends of a range. The near end follows from a position within the range and is left out then: of two places to begin
 * at, SQLite would take this one, and walk on from there.
 */
const within = <Row extends object>(
  column: Name<Row>,
  { from, to }: Range,
  direction: 'asc' | 'desc',
  position: Value | null,
): readonly WhereOptions[] => {
  const at = position === null ? null : Number(position);
  const followsFrom = direction === 'asc' && at !== null && at >= Number(from);
  const followsTo = direction === 'desc' && at !== null && at < Number(to);
  return [
    ...(from === undefined || followsFrom ? [] : [{ [column]: { [Op.gte]: from } }]),
    ...(to === undefined || followsTo ? [] : [{ [column]: { [Op.lt]: to } }]),
  ];
};

/**
 * The rows that follow `page.after` in the list's order, one more than `page.limit` if there are as many: `pageOf` cuts it
 * off. The position's key is the last row's sort column, an instant as `getTime()`.
 */
export const readPage = <Row extends object>(
  table: Table<Row>,
  {
    equal,
    range = {},
    where = {},
    sort: { column, direction, unique = false },
    idColumn = 'id' as Name<Row>,
    page: { limit, after },
    isSearch = false,
  }: PageQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> => {
  const begin = after === null ? null : sortValue(table, column, after.key);
  const conditions = [equal ?? {}, where, ...within<Row>(column, range, direction, begin)];
  if (after !== null && begin !== null && !isBefore(range, direction, begin)) {
    const position = [column, begin] as const;
    conditions.push(beyond<Row>(unique ? [position] : [position, [idColumn, after.id]], direction, scope));
  }
  const sorted = unique ? [column] : [column, idColumn];
  const order: Order = sorted.map((name) => [name, direction]);
  const index = [table.name, ...Object.keys(equal ?? {}), ...sorted, unique ? 'unique' : 'idx'].join('_');
  const query = {
    where: { [Op.and]: conditions } as Where<Row>,
    order,
    limit: limit + 1,
    ...(equal !== undefined && { index }),
  };
  return isSearch ? searchRows(table, query, scope) : findRows(table, query, scope);
};

/**
 * The rows whose normalised text in `column` contains every one of `words`, which are normalised alike. `%`, `_` and `!`
 * in a word stand for themselves.
 */
export const containsText = (column: string, words: readonly string[], { sequelize }: SqlScope): Literal => {
  const name = sequelize.getQueryInterface().quoteIdentifier(column);
  const conditions = words.map((word) => {
    const pattern = `%${word.replace(/[!%_]/g, '!$&')}%`;
    return `${name} LIKE ${sequelize.escape(pattern)} ESCAPE '!'`;
  });
  return literal(conditions.length === 0 ? '1 = 1' : `(${conditions.join(' AND ')})`);
};

/** The values of one column in the rows of another table of the same context: `{ id: { [Op.in]: valuesOf(…) } }`. */
export const valuesOf = <Row extends object>(
  table: Table<Row>,
  column: Name<Row>,
  where: Where<Row>,
  scope: SqlScope,
): Literal => literal(`(${selectStatement(table, [column], { where }, scope)})`);
