import type { PageRequest } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';

export interface PageQuery<Row> {
  /** Returns the sort key: strings are compared by code point, as in the databases. */
  readonly sort: (row: Row) => string | number;
  /** The tie-breaker, in the same direction. */
  readonly id: (row: Row) => string;
  readonly direction: 'asc' | 'desc';
  readonly page: PageRequest;
}

const compareKeys = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));

/** Returns the rows that follow the page's position, `limit + 1` of them, from which the kernel's `pageOf` cuts a page. */
export const pageOfRows = <Row>(
  rows: readonly Row[],
  { sort, id, direction, page }: PageQuery<Row>,
): readonly Row[] => {
  const sign = direction === 'asc' ? 1 : -1;
  const compare = (a: string | number, aId: string, b: string | number, bId: string): number =>
    sign * (compareKeys(a, b) || compareText(aId, bId));
  const { after, limit } = page;
  return rows
    .filter((row) => after === null || compare(sort(row), id(row), after.key, after.id) > 0)
    .sort((a, b) => compare(sort(a), id(a), sort(b), id(b)))
    .slice(0, limit + 1);
};
