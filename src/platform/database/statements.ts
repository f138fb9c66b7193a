import { Op } from 'sequelize';
import { perObject } from '../per-object.js';
import type { Names, Table } from './tables.js';

// Sequelize builds the text of each statement anew, with its values in it, which is most of what a statement costs. Here a
// text holds a placeholder for each value, so that statements that differ by their values only share one, and a
// connection prepares it once.

/** A value of a column. */
export type Value = string | number | boolean | Date | null;

/** Writes a value into a statement: as a placeholder that it is bound to, or in place. */
export type Bind = (value: Value) => string;

/** A statement, or a piece of one, as a function of how its values are written. Names in it are quoted. */
export type Sql = (bind: Bind) => string;

interface Comparison<T> {
  readonly [Op.ne]?: T;
  readonly [Op.gt]?: T;
  readonly [Op.gte]?: T;
  readonly [Op.lt]?: T;
  readonly [Op.lte]?: T;
  readonly [Op.in]?: readonly T[] | Sql;
}

/** A condition on rows: `{ id }`, `{ quantity: { [Op.gte]: 3 } }`, several under `Op.and` or `Op.or`, or a piece of SQL. */
export type Where<Row extends object> =
  | Sql
  | ({ readonly [K in keyof Row]?: Row[K] | readonly Row[K][] | Comparison<Row[K]> } & {
      readonly [Op.and]?: Where<Row> | readonly Where<Row>[];
      readonly [Op.or]?: readonly Where<Row>[];
    });

/** Columns and their directions, the most significant first. */
export type Order = readonly (readonly [column: string, direction: string])[];

/** New values of a row's columns, or expressions that the database computes, such as `plus`. */
export type Changes<Row extends object> = { readonly [K in keyof Row]?: Row[K] | Sql };

/** A whole row, of which the database may compute some columns. */
export type NewRow<Row extends object> = { readonly [K in keyof Row]: Row[K] | Sql };

export interface Selection<Row extends object> {
  readonly where?: Where<Row>;
  readonly order?: Order;
  readonly limit?: number;
  /** How many rows to leave out first; needs a limit. */
  readonly offset?: number;
  /** Locks the rows until the transaction ends (FOR UPDATE). SQLite needs no lock: it has one writer at a time. */
  readonly lock?: boolean;
  /** The index with which MySQL must read them; other databases ignore it. */
  readonly index?: string;
}

type Target = Pick<Table<never>, 'names'>;

const isSql = (operand: unknown): operand is Sql => typeof operand === 'function';

/** Filled up with its last item to a power of two, so that lists of any length make a few texts. */
const filled = <T>(items: readonly T[]): readonly T[] => {
  const length = 2 ** Math.ceil(Math.log2(items.length));
  return Array.from({ length }, (_, at) => items[Math.min(at, items.length - 1)] as T);
};

/** The NULL of an empty list is in no row. */
const among = (values: readonly Value[], bind: Bind): string =>
  `(${values.length === 0 ? 'NULL' : filled(values).map(bind).join(', ')})`;

const SIGNS: ReadonlyMap<string | symbol, string> = new Map([
  [Op.ne, '<>'],
  [Op.gt, '>'],
  [Op.gte, '>='],
  [Op.lt, '<'],
  [Op.lte, '<='],
]);

const comparison = (column: string, operator: string | symbol, operand: unknown, bind: Bind): string => {
  if (operator === Op.in)
    return `${column} IN ${isSql(operand) ? operand(bind) : among(operand as readonly Value[], bind)}`;
  if (operator === Op.ne && operand === null) return `${column} IS NOT NULL`;
  const sign = SIGNS.get(operator);
  if (sign === undefined) throw new TypeError(`no comparison of ${column} by ${String(operator)}`);
  return `${column} ${sign} ${bind(operand as Value)}`;
};

const joined = (conditions: readonly string[], by: 'AND' | 'OR'): string => {
  const all = conditions.join(` ${by} `);
  return conditions.length > 1 ? `(${all})` : all;
};

const columnCondition = (column: string, operand: unknown, bind: Bind): string => {
  if (operand === null) return `${column} IS NULL`;
  if (Array.isArray(operand)) return comparison(column, Op.in, operand, bind);
  if (typeof operand !== 'object' || operand instanceof Date) return `${column} = ${bind(operand as Value)}`;
  const compared = Reflect.ownKeys(operand).map((operator) =>
    comparison(column, operator, operand[operator as keyof typeof operand], bind),
  );
  return joined(compared, 'AND');
};

/** The conditions of which all have to be met; none of them means every row. */
const conditionsOf = (target: Target, where: unknown, bind: Bind): readonly string[] => {
  if (isSql(where)) return [where(bind)];
  return Reflect.ownKeys(where as object).flatMap((key) => {
    const operand = (where as Record<string | symbol, unknown>)[key];
    if (key === Op.and) return [operand].flat().flatMap((each) => conditionsOf(target, each, bind));
    if (key === Op.or)
      return joined(
        (operand as readonly unknown[]).map((each) => joined(conditionsOf(target, each, bind), 'AND')),
        'OR',
      );
    return columnCondition(target.names.qualified(key as string), operand, bind);
  });
};

const whereClause = (target: Target, where: unknown, bind: Bind): string => {
  const conditions = conditionsOf(target, where ?? {}, bind);
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
};

const written = (value: unknown, bind: Bind): string => (isSql(value) ? value(bind) : bind(value as Value));

/** One is in place: most reads are of one row, and mysql2 takes long to bind an integer. */
const limited = (limit: number | undefined, bind: Bind): string =>
  limit === undefined ? '' : ` LIMIT ${limit === 1 ? '1' : bind(limit)}`;

const forcing = ({ dialect, quote }: Names, index: string | undefined): string =>
  index !== undefined && dialect === 'mysql' ? ` FORCE INDEX (${quote(index)})` : '';

const sorted = (names: Names, order: Order): string => {
  const keys = order.map(
    ([column, direction]) => `${names.qualified(column)} ${/^desc$/i.test(direction) ? 'DESC' : 'ASC'}`,
  );
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
};

const locking = ({ dialect }: Names, lock: boolean): string =>
  lock && dialect !== 'sqlite' ? ' FOR UPDATE' : '';

/** All columns of a table unless some are named. */
const chosen = (names: Names, columns: readonly string[] | null): string =>
  columns === null ? names.all : columns.map(names.qualified).join(', ');

export const selectFrom =
  <Row extends object>(
    { names }: Table<Row>,
    columns: readonly string[] | null,
    { where, order = [], limit, offset, lock = false, index }: Selection<Row>,
  ): Sql =>
  (bind) =>
    `SELECT ${chosen(names, columns)} FROM ${names.table}${forcing(names, index)}${whereClause({ names }, where, bind)}` +
    sorted(names, order) +
    limited(limit, bind) +
    (offset === undefined ? '' : ` OFFSET ${bind(offset)}`) +
    locking(names, lock);

/** Counts the rows that match, as `counted`. */
export const countOf =
  <Row extends object>({ names }: Table<Row>, where: Where<Row>): Sql =>
  (bind) =>
    `SELECT COUNT(*) AS counted FROM ${names.table}${whereClause({ names }, where, bind)}`;

/**
 * Another table's row to which a column of a row refers, and the columns to read of it. To be declared once for each database, as
 * tables are: what follows from it is kept.
 */
export interface Reference<
  Row extends object,
  Other extends object,
  Name extends Extract<keyof Other, string>,
> extends AnyReference<Row> {
  readonly to: Table<Other>;
  readonly key: Extract<keyof Other, string>;
  readonly columns: readonly Name[];
}

/** A reference to any table. */
export interface AnyReference<Row extends object> {
  readonly column: Extract<keyof Row, string>;
  readonly to: Pick<Table<never>, 'name' | 'names'>;
  /** The other table's column that it refers to. */
  readonly key: string;
  readonly columns: readonly string[];
  /** Whether rows are also read that refer to nothing; false by default. */
  readonly optional?: boolean;
}

/** MySQL locks rows as it reads them, and chooses the order of the tables unless it is told. */
const joinOf = (optional: boolean, inOrder: boolean): string => {
  if (optional) return 'LEFT JOIN';
  return inOrder ? 'STRAIGHT_JOIN' : 'INNER JOIN';
};

/** The columns of another table, named after it. */
const columnsOfOther = perObject(({ to, columns }: AnyReference<never>): string =>
  columns.map((each) => `${to.names.qualified(each)} AS ${to.names.quote(`${to.name}.${each}`)}`).join(', '),
);

/**
 * Reads rows, or only some columns of them, and what they refer to; the columns of another table have its name before theirs. With
 * `lock` it locks all of these rows, each row before what it refers to.
 */
export const selectJoined =
  <Row extends object>(
    { names }: Table<Row>,
    columns: readonly string[] | null,
    references: readonly AnyReference<Row>[],
    { where, order = [], limit, lock = false, index }: Selection<Row>,
  ): Sql =>
  (bind) => {
    const joins = references.map(
      ({ column, to, key, optional = false }) =>
        `${joinOf(optional, lock && names.dialect === 'mysql')} ${to.names.table} ` +
        `ON ${to.names.qualified(key)} = ${names.qualified(column)}`,
    );
    const all = [chosen(names, columns), ...references.map(columnsOfOther)];
    return (
      `SELECT ${all.join(', ')} FROM ${names.table}${forcing(names, index)} ${joins.join(' ')}` +
      whereClause({ names }, where, bind) +
      sorted(names, order) +
      limited(limit, bind) +
      locking(names, lock)
    );
  };

export const insertInto =
  <Row extends object>({ names }: Table<Row>, rows: readonly NewRow<Row>[]): Sql =>
  (bind) => {
    const tuples = rows.map((row) => {
      const values = names.columns.map((column) => written(row[column as keyof Row], bind));
      return `(${values.join(', ')})`;
    });
    const columns = names.columns.map(names.quote).join(', ');
    return `INSERT INTO ${names.table} (${columns}) VALUES ${tuples.join(', ')}`;
  };

export const updateOf =
  <Row extends object>({ names }: Table<Row>, changes: Changes<Row>, where: Where<Row>): Sql =>
  (bind) => {
    const assignments = Object.entries(changes)
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => `${names.quote(column)} = ${written(value, bind)}`);
    return `UPDATE ${names.table} SET ${assignments.join(', ')}${whereClause({ names }, where, bind)}`;
  };

export const deleteFrom =
  <Row extends object>({ names }: Table<Row>, where: Where<Row>): Sql =>
  (bind) =>
    `DELETE FROM ${names.table}${whereClause({ names }, where, bind)}`;

/** Deletes rows and reads them: not on every server. */
export const deleteReturning =
  <Row extends object>(table: Table<Row>, where: Where<Row>): Sql =>
  (bind) =>
    `${deleteFrom(table, where)(bind)} RETURNING ${table.names.columns.map(table.names.quote).join(', ')}`;

/**
 * Updates each of several rows to values of its own: the rows with the keys and the versions before those of `rows`. The version is
 * raised; `columns` are replaced.
 */
export const updateEach =
  <Row extends { readonly version: number }>(
    { names }: Table<Row>,
    key: Extract<keyof Row, string>,
    columns: readonly Extract<keyof Row, string>[],
    rows: readonly Row[],
  ): Sql =>
  (bind) => {
    const all = filled(rows);
    const value = (row: Row, column: keyof Row): string => bind(row[column] as Value);
    const assignments = columns.map((column) => {
      const cases = all.map((row) => `WHEN ${value(row, key)} THEN ${value(row, column)}`);
      return `${names.quote(column)} = CASE ${names.qualified(key)} ${cases.join(' ')} END`;
    });
    const conditions = all.map(
      (row) =>
        `(${names.qualified(key)} = ${value(row, key)} AND ${names.qualified('version')} = ${bind(row.version - 1)})`,
    );
    const version = names.quote('version');
    return (
      `UPDATE ${names.table} SET ${[...assignments, `${version} = ${names.qualified('version')} + 1`].join(', ')} ` +
      `WHERE ${conditions.join(' OR ')}`
    );
  };
