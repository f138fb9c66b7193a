import { expect } from 'chai';
import { pageOf, type Page, type Position } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';

interface Item {
  readonly id: string;
  readonly rank: number;
  readonly name: string;
}

const item = (id: string, rank: number, name = id): Item => ({ id, rank, name });
const items = [item('d', 1), item('a', 2), item('c', 1), item('e', 3), item('b', 2)];

const walk = (
  rows: readonly Item[],
  sort: (row: Item) => string | number,
  direction: 'asc' | 'desc',
): string[] => {
  const ids: string[] = [];
  let after: Position | null = null;
  do {
    const found: readonly Item[] = pageOfRows(rows, {
      sort,
      id: ({ id }) => id,
      direction,
      page: { limit: 2, after },
    });
    const page: Page<Item> = pageOf(found, 2, (row) => ({ key: sort(row), id: row.id }));
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return ids;
};

describe('memory pages', () => {
  it('Pages of the memory store are in order, ties by id, none repeated and none skipped, either way', () => {
    expect(walk(items, ({ rank }) => rank, 'asc').join('')).to.equal('cdabe');
    expect(walk(items, ({ rank }) => rank, 'desc').join('')).to.equal('ebadc');
  });

  it('A page of the memory store reads one row more than the limit, so that the last page is known', () => {
    const query = { sort: ({ rank }: Item) => rank, id: ({ id }: Item) => id, direction: 'asc' } as const;
    expect(pageOfRows(items, { ...query, page: { limit: 3, after: null } })).to.have.length(4);
    expect(pageOfRows(items, { ...query, page: { limit: 5, after: null } })).to.have.length(5);
  });

  it('A page of the memory store goes on behind a position whose row is gone', () => {
    const page = { limit: 9, after: { key: 2, id: 'aa' } };
    const found = pageOfRows(items, { sort: ({ rank }) => rank, id: ({ id }) => id, direction: 'asc', page });
    expect(found.map(({ id }) => id)).to.deep.equal(['b', 'e']);
  });

  it('A page of the memory store sorts numbers by value and text by code point', () => {
    const numbers = [item('a', 10), item('b', 9), item('c', -1)];
    expect(walk(numbers, ({ rank }) => rank, 'asc').join('')).to.equal('cba');
    const texts = [item('a', 0, '\u{1F600}'), item('b', 0, '\uFF5E'), item('c', 0, 'Z'), item('d', 0, 'a')];
    expect(walk(texts, ({ name }) => name, 'asc').join('')).to.equal('cdba');
  });

  it('A page of the memory store leaves the rows it is given as they were', () => {
    const rows = Object.freeze([...items]);
    walk(rows, ({ rank }) => rank, 'asc');
    expect(rows).to.deep.equal(items);
  });
});
