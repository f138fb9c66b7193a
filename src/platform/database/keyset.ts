import { DataTypes, Op } from 'sequelize';
import type { Position } from '#src/kernel/page.js';
import type { Where } from './rows.js';
import type { Table } from './tables.js';

// Conditions on where a row stands in a sorted list.

/** The name of a column. */
export type Name<Row> = Extract<keyof Row, string>;

type Value = Date | Position['key'];

/** A range of times or numbers, from `from` (inclusive) to `to` (exclusive). */
export interface Range {
  readonly from?: Date | number | undefined;
  readonly to?: Date | number | undefined;
}

/** The order of a list. */
export interface Sort<Row> {
  /** A column that is never NULL. */
  readonly column: Name<Row>;
  readonly direction: 'asc' | 'desc';
  /** Whether no two rows of the list share a value, so that it needs no tie-breaker. */
  readonly unique?: boolean;
}

/** Returns the value as it is in a position: times as milliseconds since 1970, all others unchanged. */
export const sortValue = <Row extends object>(
  { model }: Table<Row>,
  column: Name<Row>,
  key: Position['key'],
): Value => (model.getAttributes()[column].type instanceof DataTypes.DATE ? new Date(key) : key);

/** The sort columns of a list, and their values in a position. */
type SortedBy<Row> = readonly (readonly [column: Name<Row>, value: Value])[];

/** Signs of the comparison of a row with a position: of all columns but the last, and of the last one. */
const SIGNS = {
  '>': { strict: Op.gt, last: Op.gt },
  '<': { strict: Op.lt, last: Op.lt },
  '>=': { strict: Op.gt, last: Op.gte },
  '<=': { strict: Op.lt, last: Op.lte },
} as const;

/**
 * Returns the condition that compares rows with a position. MySQL uses an index to find the start of `a > x OR (a = x AND id > y)`,
 * but not that of `(a, id) > (x, y)`; the other databases do the opposite, and would read all rows that share `x`.
 */
const comparedWith = <Row extends object>(
  { names }: Table<Row>,
  sortedBy: SortedBy<Row>,
  sign: keyof typeof SIGNS,
): Where<Row> => {
  const { strict, last } = SIGNS[sign];
  const [[column, value], tieBreaker] = sortedBy as [SortedBy<Row>[0], SortedBy<Row>[1]?];
  if (tieBreaker === undefined) return { [column]: { [last]: value } } as Where<Row>;
  if (names.dialect === 'mysql') {
    const [idColumn, id] = tieBreaker;
    const past = { [column]: { [strict]: value } } as Where<Row>;
    return { [Op.or]: [past, { [column]: value, [idColumn]: { [last]: id } }] } as Where<Row>;
  }
  const columns = sortedBy.map(([name]) => names.qualified(name)).join(', ');
  return (bind) => `(${columns}) ${sign} (${sortedBy.map(([, each]) => bind(each)).join(', ')})`;
};

const sortedBy = <Row extends object>(
  table: Table<Row>,
  { column, unique = false }: Sort<Row>,
  idColumn: Name<Row>,
  { key, id }: Position,
): SortedBy<Row> => {
  const first = [column, sortValue(table, column, key)] as const;
  return unique ? [first] : [first, [idColumn, id]];
};

const standing =
  (ascending: keyof typeof SIGNS, descending: keyof typeof SIGNS) =>
  <Row extends object>(
    table: Table<Row>,
    sort: Sort<Row>,
    idColumn: Name<Row>,
    position: Position,
  ): Where<Row> => {
    const sign = sort.direction === 'asc' ? ascending : descending;
    return comparedWith(table, sortedBy(table, sort, idColumn, position), sign);
  };

/** Returns the condition for rows after a position. */
export const beyond = standing('>', '<');

/** Returns the condition for rows up to a position, that of the position included. */
export const upTo = standing('<=', '>=');

/**
 * Returns whether a position precedes a range in the order of the list, so that all rows of the range follow it. Only forged
 * positions do.
 */
export const isBefore = ({ from, to }: Range, direction: 'asc' | 'desc', position: Value): boolean =>
  direction === 'asc'
    ? from !== undefined && Number(position) < Number(from)
    : to !== undefined && Number(position) >= Number(to);

/**
 * Returns the conditions for a range. A position within the range implies the near end, which is left out then: given two starts,
 * SQLite would choose that one, and read on from there.
 */
export const within = <Row extends object>(
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
