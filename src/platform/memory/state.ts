import type { AnyTable } from './table.js';

type Row = object;

/** The committed state of one table. */
export interface TableState {
  readonly definition: AnyTable;
  readonly rows: Map<string, Row>;
  /** By constraint: the key of the row that has each value. */
  readonly holders: ReadonlyMap<string, Map<string, string>>;
}

/** A transaction's uncommitted writes, which no other transaction sees; `null` is a deleted row. */
export type Changes = Map<TableState, Map<string, Row | null>>;

export interface TableStates {
  of(definition: AnyTable): TableState;
  /** The tables that refer to this one, with the constraint's name and the function that reads the reference. */
  referringTo(state: TableState): readonly Referrer[];
}

export interface Referrer {
  readonly constraint: string;
  readonly from: TableState;
  readonly key: (row: Row) => string | null;
}

// A state's rows are made by its definition's own `Row`: the only place where the store erases that type.
export const keyOf = ({ definition }: TableState, row: Row): string => definition.key(row as never);

export const uniqueValues = (
  { definition }: TableState,
  row: Row,
): readonly (readonly [string, string | null])[] =>
  Object.entries(definition.unique ?? {}).map(([constraint, value]) => [constraint, value(row as never)]);

const emptyState = (definition: AnyTable): TableState => ({
  definition,
  rows: new Map(),
  holders: new Map(Object.keys(definition.unique ?? {}).map((constraint) => [constraint, new Map()])),
});

export const tableStates = (): TableStates => {
  const states = new Map<string, TableState>();
  const of = (definition: AnyTable): TableState => {
    const state = states.get(definition.name) ?? emptyState(definition);
    if (state.definition !== definition) throw new Error(`two tables are called ${definition.name}`);
    states.set(definition.name, state);
    return state;
  };
  const referringTo = (state: TableState): readonly Referrer[] =>
    [...states.values()].flatMap((from) =>
      Object.entries(from.definition.references ?? {})
        .filter(([, reference]) => reference.table() === state.definition)
        .map(([constraint, reference]) => ({ constraint, from, key: (row) => reference.key(row as never) })),
    );
  return { of, referringTo };
};

export const visibleRow = (changes: Changes, state: TableState, key: string): Row | null => {
  const own = changes.get(state)?.get(key);
  return own === undefined ? (state.rows.get(key) ?? null) : own;
};

export const visibleRows = (changes: Changes, state: TableState): readonly Row[] => {
  const own = changes.get(state);
  if (own === undefined) return [...state.rows.values()];
  return [...new Map<string, Row | null>([...state.rows, ...own]).values()].filter((row) => row !== null);
};

/** Returns whether a visible row other than `key` has the value. Reliable only under a lock on the value. */
export const isTaken = (
  changes: Changes,
  state: TableState,
  [constraint, value]: readonly [constraint: string, value: string],
  key: string,
): boolean => {
  const own = changes.get(state) ?? new Map<string, Row | null>();
  const committed = state.holders.get(constraint)?.get(value);
  if (committed !== undefined && !own.has(committed)) return true;
  const hasValue = (row: Row): boolean =>
    uniqueValues(state, row).some(([name, other]) => name === constraint && other === value);
  return [...own].some(([ownKey, row]) => ownKey !== key && row !== null && hasValue(row));
};

const unindex = (state: TableState, row: Row): void => {
  for (const [constraint, value] of uniqueValues(state, row)) {
    if (value !== null) state.holders.get(constraint)?.delete(value);
  }
};

const index = (state: TableState, key: string, row: Row): void => {
  for (const [constraint, value] of uniqueValues(state, row)) {
    if (value !== null) state.holders.get(constraint)?.set(value, key);
  }
};

/** Publishes a transaction's changes atomically: it awaits nothing. */
export const applyChanges = (changes: Changes): void => {
  for (const [state, own] of changes) {
    // Removes all old values before it adds new ones: two rows may have swapped a value.
    for (const key of own.keys()) {
      const before = state.rows.get(key);
      if (before !== undefined) unindex(state, before);
    }
    for (const [key, row] of own) {
      if (row === null) {
        state.rows.delete(key);
      } else {
        state.rows.set(key, row);
        index(state, key, row);
      }
    }
  }
};
