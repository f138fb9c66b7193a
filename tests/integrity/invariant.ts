import type { ShopSnapshot } from './snapshot.js';

/** Returns a sentence for each place where the shop breaks the invariant. */
export type Invariant = (shop: ShopSnapshot) => readonly string[];

export const groupBy = <Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
): ReadonlyMap<string, readonly Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Says of each key that two tallies disagree on what either has. */
export const differences = (
  left: ReadonlyMap<string, number>,
  right: ReadonlyMap<string, number>,
  say: (key: string, left: number, right: number) => string,
): readonly string[] =>
  [...new Set([...left.keys(), ...right.keys()])]
    .map((key) => [key, left.get(key) ?? 0, right.get(key) ?? 0] as const)
    .filter(([, one, other]) => one !== other)
    .map((found) => say(...found));

export const tallyBy = <Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
  amount: (row: Row) => number,
): ReadonlyMap<string, number> =>
  new Map([...groupBy(rows, key)].map(([name, group]) => [name, sum(group.map(amount))]));
