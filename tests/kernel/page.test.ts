import { expect } from 'chai';
import { pageOf, pagesOf, type PageRequest, type Position } from '#src/kernel/page.js';

const position = (item: string): Position => ({ key: item, id: `id of ${item}` });

describe('A page', () => {
  it('A page ends at its last item when more rows were read than it holds', () => {
    const rows = ['a', 'b', 'c', 'd'];
    expect(pageOf(rows, 3, position)).to.deep.equal({ items: ['a', 'b', 'c'], next: position('c') });
  });

  it('A page is the last one when no more rows were read', () => {
    expect(pageOf(['a', 'b'], 2, position)).to.deep.equal({ items: ['a', 'b'], next: null });
    expect(pageOf([], 2, position)).to.deep.equal({ items: [], next: null });
  });

  it('A page has no end when it holds nothing', () => {
    expect(pageOf(['a'], 0, position)).to.deep.equal({ items: [], next: null });
  });
});

describe('The pages of a list', () => {
  it('The pages of a list are read one after the other, from the start to the last', async () => {
    const requests: PageRequest[] = [];
    const read = (request: PageRequest) => {
      requests.push(request);
      const left = ['a', 'b', 'c'].filter(
        (item) => request.after === null || item > String(request.after.key),
      );
      return Promise.resolve(pageOf(left, request.limit, position));
    };
    const pages: (readonly string[])[] = [];
    for await (const page of pagesOf(read, 2)) pages.push(page);
    expect(pages).to.deep.equal([['a', 'b'], ['c']]);
    expect(requests).to.deep.equal([
      { limit: 2, after: null },
      { limit: 2, after: position('b') },
    ]);
  });
});
