import {
  IndexHints,
  literal,
  type Attributes,
  type Model,
  type Order,
  type Transaction,
  type WhereOptions,
} from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import { isGaleraConnection } from './mysql-session.js';
import { refusing, type Refusals } from './refusals.js';
import { requireTransaction, type SqlScope } from './scope.js';
import type { Table } from './tables.js';

type Literal = ReturnType<typeof literal>;
type Stored<Row extends object> = Attributes<Model<Row, Row>>;

/** A condition on rows, in Sequelize's terms: `{ id }`, `{ quantity: { [Op.gte]: 3 } }`, or several under `Op.and`. */
export type Where<Row extends object> = WhereOptions<Stored<Row>>;

/** New values of a row's columns, or expressions that the database computes, such as `plus`. */
export type Changes<Row extends object> = { readonly [K in keyof Row]?: Row[K] | Literal };

/** A whole row, of which the database may compute some columns. */
export type NewRow<Row extends object> = { readonly [K in keyof Row]: Row[K] | Literal };

export interface RowQuery<Row extends object> {
  readonly where?: Where<Row>;
  readonly order?: Order;
  readonly limit?: number;
  /** Locks the rows until the transaction ends (FOR UPDATE). SQLite needs no lock: it has one writer at a time. */
  readonly lock?: boolean;
  /** The index with which MySQL must read them; other databases ignore it. */
  readonly index?: string;
}

/**
 * Makes a lock conflict on all nodes. On Galera a lock covers one node only; all nodes compare only which rows two transactions
 * have written. So it writes a locked row and restores it, since Galera does not replicate an UPDATE that changes nothing.
 */
const certifyLock = async (
  model: Table<object>['model'],
  where: WhereOptions,
  transaction: Transaction,
): Promise<void> => {
  const { connection } = transaction as unknown as { readonly connection: object };
  if (!isGaleraConnection(connection)) return;
  for (const sign of ['+', '-'])
    await model.update(
      { version: literal(`version ${sign} 1`) },
      { where, transaction, validate: false, hooks: false },
    );
};

/** Returns the rows of a query, typed. */
export const findRows = async <Row extends object>(
  { model, name, read }: Table<Row>,
  { where, order, limit, lock = false, index }: RowQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> => {
  const transaction = lock ? requireTransaction(`lock in ${name}`, scope) : scope.transaction;
  const rows = await model.findAll({
    raw: true,
    ...(where !== undefined && { where }),
    ...(order !== undefined && { order }),
    ...(limit !== undefined && { limit }),
    ...(lock && { lock: true }),
    ...(index !== undefined && { indexHints: [{ type: IndexHints.FORCE, values: [index] }] }),
    transaction: transaction ?? null,
  });
  if (lock && transaction !== undefined && rows.length > 0)
    await certifyLock(model, where ?? {}, transaction);
  return rows.map(read);
};

/** Returns some columns of the rows of a query, typed: for tables whose other columns are large. */
export const findColumns = async <Row extends object, Name extends Extract<keyof Row, string>>(
  { model, readOnly }: Table<Row>,
  names: readonly Name[],
  query: Omit<RowQuery<Row>, 'lock'>,
  scope: SqlScope,
): Promise<readonly Pick<Row, Name>[]> => {
  const { transaction = null } = scope;
  const rows = await model.findAll({
    raw: true,
    ...query,
    attributes: [...names],
    transaction,
  });
  return rows.map((row) => readOnly(names, row));
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

/** Stores several rows by one statement. */
export const insertRows = async <Row extends object>(
  { name, model }: Table<Row>,
  rows: readonly NewRow<Row>[],
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => {
  if (rows.length === 0) return;
  const { sequelize } = scope;
  const transaction = requireTransaction(`insert into ${name}`, scope);
  // Not through the model, which would build an instance of each row only to discard it.
  await refusing(name, refusals, () =>
    sequelize.getQueryInterface().bulkInsert(name, [...rows], { transaction }, model.getAttributes()),
  );
};

export const insertRow = <Row extends object>(
  table: Table<Row>,
  row: Row,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => insertRows(table, [row], scope, refusals);

/** Updates the rows that match `where` and returns their number, which the caller must check. */
export const updateRows = async <Row extends object>(
  { name, model }: Table<Row>,
  changes: Changes<Row>,
  where: Where<Row>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<number> => {
  const transaction = requireTransaction(`update of ${name}`, scope);
  const [touched] = await refusing(name, refusals, () =>
    model.update(changes as Parameters<typeof model.update>[0], {
      where,
      transaction,
      validate: false,
      hooks: false,
    }),
  );
  return touched;
};

/** Deletes the rows that match `where` and returns their number, which the caller must check. */
export const deleteRows = async <Row extends object>(
  { name, model }: Table<Row>,
  where: Where<Row>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<number> => {
  const transaction = requireTransaction(`delete from ${name}`, scope);
  return refusing(name, refusals, () => model.destroy({ where, transaction, hooks: false }));
};

/** Returns the expression `column + amount`, which the database computes from the row's current value. */
export const plus = (column: string, amount: number, { sequelize }: SqlScope): Literal => {
  if (!Number.isSafeInteger(amount)) throw new RangeError('only a safe integer can be added to a column');
  return literal(`${sequelize.getQueryInterface().quoteIdentifier(column)} + (${String(amount)})`);
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

/** Deletes the row if it has the version in `key`; fails with `stale_write` if it has another one or is gone. */
export const deleteVersion = async <Row extends { readonly version: number }>(
  table: Table<Row>,
  key: VersionedKey<Row>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<void> => {
  if ((await deleteRows(table, key as Where<Row>, scope, refusals)) === 0) throw failWrite('stale_write');
};
