import { compareText } from '#src/kernel/text.js';
import { frozenCopy } from './frozen.js';
import type { OwnLocks, Session } from './session.js';
import {
  isTaken,
  keyOf,
  uniqueValues,
  visibleRow,
  visibleRows,
  type Changes,
  type TableState,
  type TableStates,
} from './state.js';
import { primaryName, type MemoryTable, type MemoryTableDefinition, type Refusals } from './table.js';

const valueLock = ({ definition }: TableState, constraint: string, value: string): string =>
  JSON.stringify([definition.name, constraint, value]);

const rowLock = (state: TableState, key: string): string =>
  valueLock(state, primaryName(state.definition), key);

const violation = ({ definition }: TableState, constraint: string, refusals: Refusals): Error =>
  refusals[constraint]?.() ?? new Error(`${definition.name}: ${constraint} is violated`);

const put = (changes: Changes, state: TableState, key: string, row: object | null): void => {
  const own = changes.get(state) ?? new Map<string, object | null>();
  changes.set(state, own.set(key, row));
};

/** Returns the statements on one table, as one session runs them. */
export const tableIn = <Row extends object>(
  session: Session,
  states: TableStates,
  definition: MemoryTableDefinition<Row>,
): MemoryTable<Row> => {
  const { changes } = session;
  const state = states.of(definition);
  const name = (statement: string): string => `${definition.name}.${statement}`;
  const read = (key: string): Row | null => visibleRow(changes, state, key) as Row | null;
  const readAll = (where: (row: Row) => boolean): readonly Row[] =>
    (visibleRows(changes, state) as readonly Row[]).filter(where);

  const lockRow = async (locks: OwnLocks, key: string): Promise<Row | null> => {
    const lock = rowLock(state, key);
    const held = locks.holds(lock);
    await locks.acquire(lock, 'exclusive');
    const row = read(key);
    // As on a server, an absent row is not locked: code that relies on such a lock has a race.
    if (row === null && !held) locks.release(lock);
    return row;
  };

  /** Locks the unique values that are removed or added between two states of a row, and checks the added ones. */
  const claimUnique = async (locks: OwnLocks, before: Row | null, after: Row | null, refusals: Refusals) => {
    const old = new Map(before === null ? [] : uniqueValues(state, before));
    const next = new Map(after === null ? [] : uniqueValues(state, after));
    for (const constraint of state.holders.keys()) {
      const [gone, come] = [old.get(constraint) ?? null, next.get(constraint) ?? null];
      if (gone === come) continue;
      if (gone !== null) await locks.acquire(valueLock(state, constraint, gone), 'exclusive');
      if (come === null || after === null) continue;
      await locks.acquire(valueLock(state, constraint, come), 'exclusive');
      if (isTaken(changes, state, [constraint, come], keyOf(state, after)))
        throw violation(state, constraint, refusals);
    }
  };

  /** Locks the rows that a row newly refers to against deletion; inserts under one parent do not exclude each other. */
  const claimParents = async (locks: OwnLocks, before: Row | null, after: Row, refusals: Refusals) => {
    for (const [constraint, reference] of Object.entries(definition.references ?? {})) {
      const key = reference.key(after);
      if (key === null || (before !== null && reference.key(before) === key)) continue;
      const parents = states.of(reference.table());
      const itself = parents === state && key === keyOf(state, after);
      if (!itself) await locks.acquire(rowLock(parents, key), 'shared');
      if (!itself && visibleRow(changes, parents, key) === null) throw violation(state, constraint, refusals);
    }
  };

  const refuseOrphans = async (locks: OwnLocks, parent: string, refusals: Refusals) => {
    for (const { constraint, from, key } of states.referringTo(state)) {
      const children = (): readonly string[] =>
        visibleRows(changes, from)
          .filter((row) => key(row) === parent)
          .map((row) => keyOf(from, row))
          .filter((child) => from !== state || child !== parent);
      // Another transaction may be deleting a child: only under its lock is it certain that the child stays.
      for (const child of children()) await locks.acquire(rowLock(from, child), 'shared');
      if (children().length > 0) throw violation(from, constraint, refusals);
    }
  };

  const insertRow = async (locks: OwnLocks, row: Row, refusals: Refusals): Promise<void> => {
    const key = keyOf(state, row);
    await locks.acquire(rowLock(state, key), 'exclusive');
    if (read(key) !== null) throw violation(state, primaryName(definition), refusals);
    await claimUnique(locks, null, row, refusals);
    await claimParents(locks, null, row, refusals);
    put(changes, state, key, row);
  };

  const updateRow = async (
    locks: OwnLocks,
    key: string,
    change: (current: Row) => Row | null,
    refusals: Refusals,
  ): Promise<number> => {
    const current = await lockRow(locks, key);
    const changed = current && frozenCopy(change(current));
    if (changed === null) return 0;
    if (keyOf(state, changed) !== key)
      throw new Error(`${definition.name}: an update changes the key ${key}`);
    await claimUnique(locks, current, changed, refusals);
    await claimParents(locks, current, changed, refusals);
    put(changes, state, key, changed);
    return 1;
  };

  const deleteRow = async (
    locks: OwnLocks,
    key: string,
    where: (current: Row) => boolean,
    refusals: Refusals,
  ) => {
    const current = await lockRow(locks, key);
    if (current === null || !where(current)) return 0;
    await claimUnique(locks, current, null, refusals);
    await refuseOrphans(locks, key, refusals);
    put(changes, state, key, null);
    return 1;
  };

  const forEachKey = async (
    where: (row: Row) => boolean,
    touch: (key: string) => Promise<number>,
  ): Promise<number> => {
    let touched = 0;
    for (const key of readAll(where).map(definition.key).sort(compareText)) touched += await touch(key);
    return touched;
  };

  const any = (): boolean => true;
  return {
    find: (key) => session.read(name('find'), () => read(key)),
    all: (where = any) => session.read(name('all'), () => readAll(where)),
    lock: (key) => session.write(name('lock'), (locks) => lockRow(locks, key)),
    // Copied when the statement is called, not when it runs: the caller may change the row in between.
    insert: async (row, refusals = {}) => {
      const copy = frozenCopy(row);
      await session.write(name('insert'), (locks) => insertRow(locks, copy, refusals));
    },
    update: (key, change, refusals = {}) =>
      session.write(name('update'), (locks) => updateRow(locks, key, change, refusals)),
    updateWhere: (where, change, refusals = {}) =>
      session.write(name('updateWhere'), (locks) =>
        forEachKey(where, (key) =>
          updateRow(locks, key, (current) => (where(current) ? change(current) : null), refusals),
        ),
      ),
    delete: (key, where = any, refusals = {}) =>
      session.write(name('delete'), (locks) => deleteRow(locks, key, where, refusals)),
    deleteWhere: (where, refusals = {}) =>
      session.write(name('deleteWhere'), (locks) =>
        forEachKey(where, (key) => deleteRow(locks, key, where, refusals)),
      ),
  };
};
