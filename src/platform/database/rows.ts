import { failWrite } from '#src/kernel/errors.js';
import { perObject } from '../per-object.js';
import { isGaleraConnection, returnsDeleted } from './mysql-session.js';
import { run } from './prepared.js';
import { refusing, type Refusals } from './refusals.js';
import { requireTransaction, type SqlScope } from './scope.js';
import {
  deleteFrom,
  deleteReturning,
  insertInto,
  selectFrom,
  selectJoined,
  updateEach,
  updateOf,
  type AnyReference,
  type Changes,
  type NewRow,
  type Reference,
  type Selection,
  type Sql,
  type Where,
} from './statements.js';
import type { Table } from './tables.js';

export type { Changes, NewRow, Order, Sql, Where } from './statements.js';

export type RowQuery<Row extends object> = Selection<Row>;

/**
 * Makes a lock conflict on all nodes. On Galera a lock covers one node only; all nodes compare only which rows two transactions
 * have written. So it writes a locked row and restores it, since Galera does not replicate an UPDATE that changes nothing.
 */
const certifyLock = async <Row extends object>(
  table: Table<Row>,
  where: Where<Row>,
  scope: SqlScope,
): Promise<void> => {
  if (!isGaleraConnection(requireTransaction(`lock in ${table.name}`, scope).connection)) return;
  for (const sign of ['+', '-']) {
    const changes = { version: () => `version ${sign} 1` } as Changes<object> as Changes<Row>;
    await run(updateOf(table, changes, where), scope);
  }
};

/** Returns the rows of a query, typed. */
export const findRows = async <Row extends object>(
  table: Table<Row>,
  query: RowQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> => {
  if (query.lock === true) requireTransaction(`lock in ${table.name}`, scope);
  const { rows } = await run(selectFrom(table, null, query), scope);
  if (query.lock === true && rows.length > 0) await certifyLock(table, query.where ?? {}, scope);
  return rows.map(table.read);
};

/** Returns some columns of the rows of a query, typed: for tables whose other columns are large. */
export const findColumns = async <Row extends object, Name extends Extract<keyof Row, string>>(
  table: Table<Row>,
  names: readonly Name[],
  query: Omit<RowQuery<Row>, 'lock'>,
  scope: SqlScope,
): Promise<readonly Pick<Row, Name>[]> => {
  const { rows } = await run(selectFrom(table, names, query), scope);
  return rows.map(table.reading(names));
};

/** Returns the row, or `null` if there is none. */
export const findRow = async <Row extends object>(
  table: Table<Row>,
  where: Where<Row>,
  scope: SqlScope,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<Row | null> => {
  const [row] = await findRows(table, { where, limit: 1, lock }, scope);
  return row ?? null;
};

/** What is read of a reference; null where a row refers to nothing. */
type Referred<R> = R extends { readonly to: Table<infer Other>; readonly columns: readonly (infer Name)[] }
  ? Pick<Other, Name & keyof Other> | (R extends { readonly optional: true } ? null : never)
  : never;

const readerOf = perObject((reference: AnyReference<never>): ((raw: object) => object | null) => {
  const { key, columns, optional = false } = reference;
  const to = reference.to as Table<Record<string, unknown>>;
  const [prefix, keyName] = [`${to.name}.`, `${to.name}.${key}`];
  const read = to.reading(columns, prefix);
  return (raw) => (optional && (raw as Record<string, unknown>)[keyName] === null ? null : read(raw));
});

/** A row with what its references lead to. */
type Joined<Row extends object, References extends readonly unknown[]> = readonly [
  Row,
  ...{ readonly [I in keyof References]: Referred<References[I]> },
];

/**
 * Returns the rows that match, each with what its references lead to, from one statement. The columns of an optional reference
 * have to contain its key. `lock` locks all of these rows until the transaction ends, each row before what it refers to; then no
 * reference may be optional, and on Galera the caller has to write the rows, because there a lock covers one node only.
 */
export const findJoinedRows = async <
  Row extends object,
  const References extends readonly AnyReference<Row>[],
>(
  table: Table<Row>,
  references: References,
  query: RowQuery<Row>,
  scope: SqlScope,
): Promise<readonly Joined<Row, References>[]> => {
  if (query.lock === true) requireTransaction(`lock in ${table.name}`, scope);
  const { rows } = await run(selectJoined(table, null, references, query), scope);
  const readers = references.map(readerOf);
  // One reader for each reference, which the compiler can't see through `map`.
  return rows.map((raw) => [table.read(raw), ...readers.map((read) => read(raw))] as unknown as never);
};

/**
 * Locks the rows of `table` that match until the transaction ends, and returns them with what their references lead to, which only
 * holders of these locks may change. One statement, except on PostgreSQL: there one that has waited for a lock goes on to read the
 * other tables as they were before.
 */
export const lockJoinedRows = async <
  Row extends object,
  const References extends readonly AnyReference<Row>[],
>(
  table: Table<Row>,
  references: References,
  where: Where<Row>,
  scope: SqlScope,
): Promise<readonly Joined<Row, References>[]> => {
  const isPostgres = scope.sequelize.getDialect() === 'postgres';
  if (isPostgres) await findRows(table, { where, lock: true }, scope);
  const found = await findJoinedRows(table, references, { where, lock: !isPostgres }, scope);
  if (found.length > 0) await certifyLock(table, where, scope);
  return found;
};

/** Returns columns of a row and of the row that it refers to, or `null` unless both exist. */
export const findJoinedColumns = async <
  Row extends object,
  Own extends Extract<keyof Row, string>,
  Other extends object,
  Name extends Extract<keyof Other, string>,
>(
  table: Table<Row>,
  names: readonly Own[],
  reference: Reference<Row, Other, Name>,
  where: Where<Row>,
  scope: SqlScope,
): Promise<readonly [Pick<Row, Own>, Pick<Other, Name>] | null> => {
  const { rows } = await run(selectJoined(table, names, [reference], { where, limit: 1 }), scope);
  const [raw] = rows;
  if (raw === undefined) return null;
  return [table.reading(names)(raw), readerOf(reference)(raw) as Pick<Other, Name>];
};

/** Inserts several rows by one statement. */
export const insertRows = async <Row extends object>(
  table: Table<Row>,
  rows: readonly NewRow<Row>[],
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => {
  if (rows.length === 0) return;
  requireTransaction(`insert into ${table.name}`, scope);
  await refusing(table.name, refusals, () => run(insertInto(table, rows), scope));
};

export const insertRow = <Row extends object>(
  table: Table<Row>,
  row: Row,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => insertRows(table, [row], scope, refusals);

/** Updates the rows that match `where` and returns their number, which the caller must check. */
export const updateRows = async <Row extends object>(
  table: Table<Row>,
  changes: Changes<Row>,
  where: Where<Row>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<number> => {
  requireTransaction(`update of ${table.name}`, scope);
  const statement = updateOf(table, changes, where);
  return (await refusing(table.name, refusals, () => run(statement, scope))).touched;
};

/** Deletes the rows that match `where` and returns their number, which the caller must check. */
export const deleteRows = async <Row extends object>(
  table: Table<Row>,
  where: Where<Row>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<number> => {
  requireTransaction(`delete from ${table.name}`, scope);
  return (await refusing(table.name, refusals, () => run(deleteFrom(table, where), scope))).touched;
};

/** Deletes the rows that match `where` and returns them, in an unspecified order: by one statement where the server can. */
export const takeRows = async <Row extends object>(
  table: Table<Row>,
  where: Where<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> => {
  const { connection } = requireTransaction(`delete from ${table.name}`, scope);
  const canReturn = scope.sequelize.getDialect() === 'postgres' || returnsDeleted(connection);
  if (canReturn) return (await run(deleteReturning(table, where), scope)).rows.map(table.read);
  const rows = await findRows(table, { where, lock: true }, scope);
  if (rows.length > 0 && (await deleteRows(table, where, scope)) !== rows.length)
    throw failWrite('stale_write');
  return rows;
};

/** Returns the expression `column + amount`, which the database computes from the row's current value. */
export const plus = (column: string, amount: number, { sequelize }: SqlScope): Sql => {
  if (!Number.isSafeInteger(amount)) throw new RangeError('only a safe integer can be added to a column');
  const name = sequelize.getQueryInterface().quoteIdentifier(column);
  return (bind) => `${name} + ${bind(amount)}`;
};

/** The row's key and a version of it. */
export type VersionedKey<Row extends { readonly version: number }> = Partial<Row> & {
  readonly version: number;
};

/**
 * Writes `changes` as `version` if the row has the version before it; fails with `stale_write` if it has another one or is gone.
 */
export const updateVersion = async <Row extends { readonly version: number }>(
  table: Table<Row>,
  { version, ...key }: VersionedKey<Row>,
  changes: Changes<Omit<Row, 'version'>>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => {
  const next = { ...changes, version } as Changes<Row>;
  const before = { ...key, version: version - 1 } as Where<Row>;
  const touched = await updateRows(table, next, before, scope, refusals);
  if (touched === 0) throw failWrite('stale_write');
};

/**
 * Writes `columns` of each row, and its version, by one statement; `key` tells the rows apart. Fails with `stale_write` unless each
 * of them has the version before.
 */
export const updateVersions = async <Row extends { readonly version: number }>(
  table: Table<Row>,
  key: Extract<keyof Row, string>,
  columns: readonly Extract<keyof Row, string>[],
  rows: readonly Row[],
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => {
  if (rows.length === 0) return;
  requireTransaction(`update of ${table.name}`, scope);
  const statement = updateEach(table, key, columns, rows);
  const { touched } = await refusing(table.name, refusals, () => run(statement, scope));
  if (touched !== rows.length) throw failWrite('stale_write');
};

/** Deletes the row if it has the version in `key`; fails with `stale_write` if it has another one or is gone. */
export const deleteVersion = async <Row extends { readonly version: number }>(
  table: Table<Row>,
  key: VersionedKey<Row>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => {
  if ((await deleteRows(table, key as Where<Row>, scope, refusals)) === 0) throw failWrite('stale_write');
};
