import { Op, type Sequelize } from 'sequelize';
import { withLease, type HoldsLease, type LeaseOptions } from './lease.js';
import { findRow, findRows, updateRows, type Changes, type Sql, type Where } from './rows.js';
import type { SqlScope } from './scope.js';
import { isUniqueViolation } from './refusals.js';
import { changeSetting, readSetting } from './shop-settings.js';
import type { Table } from './tables.js';
import { sqlTransact, type SqlTransactions } from './transact.js';
import { wordIndex, type Word } from './word-index.js';

// Some columns are computed from others: the sort key of a name, the identity of an address. The computation changes between
// versions. The first start of the later version recomputes the columns, in batches, under a lease.

interface Identified {
  readonly id: string;
}

/** The index of the words of a table's rows: they are stored anew together with a row's keys. */
interface KeyedWords<Row extends Identified, WordRow extends Word> {
  readonly table: Table<WordRow>;
  readonly owner: Exclude<Extract<keyof WordRow, string>, 'word'>;
  readonly wordsOf: (row: Row) => readonly string[];
}

interface PlainTable<Row extends Identified> {
  readonly table: Table<Row>;
  /** Returns the computed columns of a row; null if they can't be computed, and the row stays as it is. */
  readonly keysOf: (row: Row) => Partial<Row> | null;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the name of the column of the owner differs
  readonly words?: KeyedWords<Row, any>;
  readonly unique?: never;
}

interface UniqueTable<Row extends Identified> extends Omit<PlainTable<Row>, 'words' | 'unique'> {
  /** A key that no two rows may share, and which of two rows gets it. */
  readonly unique: {
    readonly column: Extract<keyof Row, string>;
    readonly precedes: (one: Row, other: Row) => boolean;
  };
  readonly words?: never;
}

/** The computation of the keys of a table's rows. No table has both words and a unique key. */
export type KeyedTable<Row extends Identified> = PlainTable<Row> | UniqueTable<Row>;

/** A table of any rows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- `keysOf` takes what `table` reads, whatever that is
export type AnyKeyedTable = KeyedTable<any>;

/** Rows without a key of their own: it belongs to another row, or can't be computed from what they hold. */
export interface Keyless {
  readonly table: string;
  readonly ids: readonly string[];
}

const BATCH = 200;
const ATTEMPTS = 3;

const differing = <Row extends Identified>(row: Row, keys: Partial<Row> | null): Partial<Row> =>
  Object.fromEntries(
    Object.entries(keys ?? {}).filter(([column, key]) => row[column as keyof Row] !== key),
  ) as Partial<Row>;

const isEmpty = (changes: object): boolean => Object.keys(changes).length === 0;

const byId = <Row extends Identified>(ids: readonly string[]): Where<Row> =>
  ({ id: { [Op.in]: [...ids] } }) as object;

/** Yields all rows, a batch at a time, in the order of their ids. */
const batches = async function* <Row extends Identified>(
  table: Table<Row>,
  outside: SqlScope,
): AsyncGenerator<readonly Row[]> {
  for (let last = ''; ;) {
    const where = { id: { [Op.gt]: last } } as Where<Row>;
    const rows = await findRows(table, { where, order: [['id', 'ASC']], limit: BATCH }, outside);
    if (rows.length > 0) yield rows;
    if (rows.length < BATCH) return;
    last = rows.at(-1)?.id ?? '';
  }
};

/** Writes all rows by one statement: single writes would take a round trip each. */
const writeTogether = async <Row extends Identified>(
  table: Table<Row>,
  rows: readonly Row[],
  keysOf: (row: Row) => Partial<Row> | null,
  scope: SqlScope,
): Promise<void> => {
  const { sequelize } = scope;
  const id = sequelize.getQueryInterface().quoteIdentifier('id');
  const changed = rows.map((row) => ({ row, keys: keysOf(row) })).filter(({ keys }) => keys !== null);
  const columns = Object.keys(changed[0]?.keys ?? {});
  const changes = columns.map((column): [string, Sql] => {
    const keyOf = (keys: unknown) => (keys as Readonly<Record<string, string | null>>)[column] ?? null;
    return [
      column,
      (bind) => {
        const cases = changed.map(({ row, keys }) => `WHEN ${bind(row.id)} THEN ${bind(keyOf(keys))}`);
        return `CASE ${id} ${cases.join(' ')} END`;
      },
    ];
  });
  if (columns.length === 0) return;
  await updateRows(
    table,
    Object.fromEntries(changes) as Changes<Row>,
    byId(changed.map(({ row }) => row.id)),
    scope,
  );
};

const rebuildPlain = async <Row extends Identified>(
  { table, keysOf, words }: PlainTable<Row>,
  { outside, transact }: SqlTransactions,
  holdsLease: HoldsLease,
): Promise<void> => {
  for await (const rows of batches(table, outside)) {
    const stale = rows.filter((row) => !isEmpty(differing(row, keysOf(row)))).map(({ id }) => id);
    if (stale.length === 0) continue;
    holdsLease();
    await transact(async (scope) => {
      // Reads the current rows under a lock: they may have been written since.
      const held = await findRows(table, { where: byId(stale), order: [['id', 'ASC']], lock: true }, scope);
      await writeTogether(table, held, keysOf, scope);
      if (words !== undefined)
        await wordIndex(words.table, words.owner, scope).replace(
          held.map((row) => [row.id, words.wordsOf(row)]),
        );
    });
  }
};

/**
 * Gives a row its key, takes the key from the row that has it, or leaves the row without (`keyless`). A row that has lost its key
 * (`displaced`) must be settled next.
 */
const settle = async <Row extends Identified>(
  { table, keysOf, unique }: UniqueTable<Row>,
  id: string,
  scope: SqlScope,
): Promise<'done' | 'keyless' | { readonly displaced: string }> => {
  const { column, precedes } = unique;
  const write = (row: Row, changes: Partial<Row>) =>
    updateRows(table, changes as Changes<Row>, byId([row.id]), scope);
  /** Returns the row's own id as its key: it differs from all other keys, and no search uses it. */
  const without = (row: Row): Partial<Row> => ({ [column]: row.id }) as unknown as Partial<Row>;

  const row = await findRow(table, byId([id]), scope, { lock: true });
  const keys = row && keysOf(row);
  if (row === null) return 'done';
  if (keys === null) return 'keyless';
  const changes = differing(row, keys);
  if (isEmpty(changes)) return 'done';
  const holder = await findRow(table, { [column]: keys[column] } as Where<Row>, scope, { lock: true });
  if (holder === null || holder.id === row.id) {
    await write(row, changes);
    return 'done';
  }
  const stays = keysOf(holder)?.[column] === holder[column];
  if (stays && !precedes(row, holder)) {
    await write(row, without(row));
    return 'keyless';
  }
  await write(holder, without(holder));
  await write(row, changes);
  return { displaced: holder.id };
};

const rebuildUnique = async <Row extends Identified>(
  keyed: UniqueTable<Row>,
  { outside, transact }: SqlTransactions,
  holdsLease: HoldsLease,
): Promise<readonly string[]> => {
  const { table, keysOf } = keyed;
  const pending: string[] = [];
  for await (const rows of batches(table, outside))
    for (const row of rows) {
      const keys = keysOf(row);
      if (keys === null || !isEmpty(differing(row, keys))) pending.push(row.id);
    }
  const keyless = new Set<string>();
  for (let id = pending.shift(); id !== undefined; id = pending.shift()) {
    holdsLease();
    const next = id;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcome = await transact((scope) => settle(keyed, next, scope));
        if (outcome === 'keyless') keyless.add(next);
        else if (outcome !== 'done') pending.push(outcome.displaced);
        break;
      } catch (error) {
        // A new account has taken the key between the read and the write.
        if (!isUniqueViolation(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }
  return [...keyless].sort();
};

const isUnique = <Row extends Identified>(keyed: KeyedTable<Row>): keyed is UniqueTable<Row> =>
  keyed.unique !== undefined;

const rebuildAll = async (
  sequelize: Sequelize,
  tables: readonly AnyKeyedTable[],
  holdsLease: HoldsLease,
): Promise<readonly Keyless[]> => {
  const transactions = sqlTransact(sequelize);
  const found: Keyless[] = [];
  for (const keyed of tables) {
    if (!isUnique(keyed)) await rebuildPlain(keyed, transactions, holdsLease);
    else
      found.push({
        table: keyed.table.name,
        ids: await rebuildUnique(keyed, transactions, holdsLease),
      });
  }
  return found.filter(({ ids }) => ids.length > 0);
};

const SETTING = 'stored_keys';

/** The version of the computation; raised with each change of it. */
export interface KeyRecipe {
  readonly version: number;
  readonly tables: readonly AnyKeyedTable[];
}

/**
 * Recomputes all keys if those of the database were computed by an earlier recipe, or in any case if forced. Returns the rows
 * that are left without a key. After an interruption the next start begins again. Throws if the keys belong to a later version.
 */
export const rebuildKeys = async (
  sequelize: Sequelize,
  { version, tables }: KeyRecipe,
  { always = false, lease }: { readonly always?: boolean; readonly lease?: LeaseOptions } = {},
): Promise<readonly Keyless[]> => {
  const isCurrent = async (): Promise<boolean> => {
    const stored = Number((await readSetting(sequelize, SETTING)) ?? 0);
    if (stored > version)
      throw new Error(`the database is of a later version of Portico: its keys are of version ${stored}`);
    return stored === version && !always;
  };
  if (await isCurrent()) return [];
  return withLease(
    sequelize,
    'stored_keys',
    async (holdsLease) => {
      if (await isCurrent()) return []; // another process has held the lease meanwhile
      const keyless = await rebuildAll(sequelize, tables, holdsLease);
      await changeSetting(sequelize, SETTING, String(version));
      return keyless;
    },
    lease,
  );
};
