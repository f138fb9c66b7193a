import { expect } from 'chai';
import { memoryStore } from '#src/platform/memory/store.js';
import { aBook, allThatCanRun, aShelf, books, gate, put, rejection, shelves } from './fixtures.js';

describe('memory store: what a transaction sees', () => {
  it('The memory store returns null for an absent row', async () => {
    expect(await memoryStore().outside.table(shelves).find('s1')).to.equal(null);
  });

  it('The memory store stores what a committed transaction wrote and returns what it returned', async () => {
    const { outside, transact } = memoryStore();
    const answer = await transact(async (scope) => {
      await scope.table(shelves).insert(aShelf({ count: 3 }));
      return 'done';
    });
    expect(answer).to.equal('done');
    expect(await outside.table(shelves).find('s1')).to.deep.equal(aShelf({ count: 3 }));
  });

  it('The memory store leaves nothing of a transaction that failed, and fails with its error', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
    const error = await rejection(
      transact(async (scope) => {
        const table = scope.table(shelves);
        await table.insert(aShelf({ id: 's3' }));
        await table.update('s1', (shelf) => ({ ...shelf, count: 9 }));
        await table.delete('s2');
        throw new Error('no');
      }),
    );
    expect(error.message).to.equal('no');
    expect(await outside.table(shelves).all()).to.have.deep.members([aShelf(), aShelf({ id: 's2' })]);
  });

  it('The memory store shows a transaction’s writes to itself alone before it commits', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
    const [written, seen] = [gate(), gate()];
    const writing = transact(async (scope) => {
      const table = scope.table(shelves);
      await table.insert(aShelf({ id: 's3' }));
      await table.update('s1', (shelf) => ({ ...shelf, count: 9 }));
      await table.delete('s2');
      written.open();
      await seen.opened;
      return [await table.find('s1'), await table.find('s2'), await table.all()] as const;
    });
    await written.opened;
    const others = await outside.table(shelves).all();
    const another = await transact((scope) => scope.table(shelves).find('s1'));
    seen.open();
    const [updated, deleted, all] = await writing;
    expect(others).to.have.deep.members([aShelf(), aShelf({ id: 's2' })]);
    expect(another).to.deep.equal(aShelf());
    expect(updated).to.deep.equal(aShelf({ count: 9 }));
    expect(deleted).to.equal(null);
    expect(all).to.have.deep.members([aShelf({ count: 9 }), aShelf({ id: 's3' })]);
    expect(await outside.table(shelves).all()).to.have.deep.members(all);
  });

  it('The memory store reads the latest committed state with each statement, not that of when the transaction began', async () => {
    const { transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const [read, changed] = [gate(), gate()];
    const reading = transact(async (scope) => {
      const before = await scope.table(shelves).find('s1');
      read.open();
      await changed.opened;
      return [before?.count, (await scope.table(shelves).find('s1'))?.count];
    });
    await read.opened;
    await transact((scope) => scope.table(shelves).update('s1', (shelf) => ({ ...shelf, count: 7 })));
    changed.open();
    expect(await reading).to.deep.equal([0, 7]);
  });

  it('The memory store makes all of a transaction visible at once', async () => {
    const { outside, transact } = memoryStore();
    const sizes = new Set<number>();
    const adding = transact(
      put({ shelves: [aShelf({ id: '1' }), aShelf({ id: '2' }), aShelf({ id: '3' })] }),
    );
    for (let turn = 0; turn < 30; turn += 1) sizes.add((await outside.table(shelves).all()).length);
    await adding;
    sizes.add((await outside.table(shelves).all()).length);
    expect([...sizes]).to.deep.equal([0, 3]);
  });

  it('The memory store selects by a condition', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf({ count: 1 }), aShelf({ id: 's2', count: 2 })] }));
    const many = await outside.table(shelves).all(({ count }) => count > 1);
    expect(many.map(({ id }) => id)).to.deep.equal(['s2']);
  });

  it('The memory store updates and deletes all rows that meet a condition, and says how many', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: ['a', 'b', 'c', 'd'].map((id, count) => aShelf({ id, count })) }));
    const touched = await transact(async (scope) => [
      await scope.table(shelves).updateWhere(
        ({ count }) => count < 2,
        (shelf) => ({ ...shelf, version: 2 }),
      ),
      await scope.table(shelves).deleteWhere(({ count }) => count === 3),
    ]);
    expect(touched).to.deep.equal([2, 1]);
    const left = await outside.table(shelves).all();
    expect(left.map(({ id, version }) => [id, version])).to.deep.equal([
      ['a', 2],
      ['b', 2],
      ['c', 1],
    ]);
  });

  it('The memory store runs the statements of one transaction one after the other, awaited or not', async () => {
    const { outside, transact } = memoryStore();
    await transact(async (scope) => {
      const table = scope.table(shelves);
      const increment = () => table.update('s1', (shelf) => ({ ...shelf, count: shelf.count + 1 }));
      await Promise.all([table.insert(aShelf()), increment(), increment()]);
    });
    expect((await outside.table(shelves).find('s1'))?.count).to.equal(2);
  });

  it('The memory store keeps nothing of two stores in common', async () => {
    const [one, other] = [memoryStore(), memoryStore()];
    await one.transact(put({ shelves: [aShelf()] }));
    expect(await other.outside.table(shelves).all()).to.deep.equal([]);
  });
});

describe('memory store: where statements may run', () => {
  it('The memory store refuses a write outside a transaction', async () => {
    const table = memoryStore().outside.table(shelves);
    for (const write of [
      table.insert(aShelf()),
      table.update('s1', (shelf) => shelf),
      table.updateWhere(
        () => true,
        (shelf) => shelf,
      ),
      table.delete('s1'),
      table.deleteWhere(() => true),
      table.lock('s1'),
    ]) {
      expect((await rejection(write)).message).to.match(/outside a transaction$/);
    }
    expect(await table.all()).to.deep.equal([]);
  });

  it('The memory store refuses a transaction inside a transaction', async () => {
    const { transact } = memoryStore();
    const error = await rejection(transact(() => transact(() => Promise.resolve())));
    expect(error.message).to.equal('transact inside transact');
  });

  it('The memory store refuses to read through the outside scope inside a transaction, and allows it while another one runs', async () => {
    const { outside, transact } = memoryStore();
    const held = gate();
    const beside = transact(() => held.opened);
    expect(await outside.table(shelves).all()).to.deep.equal([]);
    held.open();
    await beside;
    const error = await rejection(transact(() => outside.table(shelves).find('s1')));
    expect(error.message).to.equal('shelves.find outside the transaction that is running');
  });

  it('The memory store allows what a transaction has set off to read outside once it has ended', async () => {
    const { outside, transact } = memoryStore();
    const ended = gate();
    const { reading } = await transact(() =>
      Promise.resolve({ reading: ended.opened.then(() => outside.table(shelves).all()) }),
    );
    ended.open();
    expect(await reading).to.deep.equal([]);
  });

  it('The memory store refuses statements of a transaction that has ended', async () => {
    const { transact } = memoryStore();
    const escaped = await transact((scope) => Promise.resolve({ scope }));
    expect((await rejection(escaped.scope.table(shelves).insert(aShelf()))).message).to.equal(
      'the transaction has ended',
    );
    expect((await rejection(escaped.scope.table(shelves).find('s1'))).message).to.equal(
      'the transaction has ended',
    );
  });

  it('The memory store pauses before every statement and before the commit', async () => {
    const pauses: string[] = [];
    const { outside, transact } = memoryStore({
      pause: (statement) => {
        pauses.push(statement);
        return Promise.resolve();
      },
    });
    await transact(async (scope) => {
      await scope.table(shelves).insert(aShelf());
      await scope.table(shelves).lock('s1');
    });
    await outside.table(shelves).find('s1');
    expect(pauses).to.deep.equal(['shelves.insert', 'shelves.lock', 'commit', 'shelves.find']);
  });

  it('The memory store goes no further while it is paused', async () => {
    const held = gate();
    const { outside, transact } = memoryStore({
      pause: (statement) => (statement === 'commit' ? held.opened : Promise.resolve()),
    });
    const adding = transact(put({ shelves: [aShelf()] }));
    await allThatCanRun();
    expect(await outside.table(shelves).find('s1')).to.equal(null);
    held.open();
    await adding;
    expect(await outside.table(shelves).find('s1')).to.deep.equal(aShelf());
  });

  it('The memory store refuses two tables of one name', () => {
    const { outside } = memoryStore();
    outside.table(shelves);
    expect(() => outside.table({ ...shelves })).to.throw('two tables are called shelves');
  });
});

describe('memory store: rows', () => {
  it('The memory store returns rows that cannot be changed, dates and nested values included', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ books: [aBook()] }));
    const found = await outside.table(books).find('b1');
    if (found === null) throw new Error('no book');
    expect(() => ((found as { id: string }).id = 'b2')).to.throw(TypeError);
    expect(() => (found.tags as string[]).push('red')).to.throw(TypeError);
    expect(() => found.boughtAt.setTime(0)).to.throw(TypeError, 'a stored date is read-only');
    expect(await outside.table(books).find('b1')).to.deep.equal(aBook());
  });

  it('The memory store copies what it is given at once, and leaves it as it was', async () => {
    const { outside, transact } = memoryStore();
    const given = { ...aBook(), tags: ['blue'] };
    await transact(async (scope) => {
      const inserting = scope.table(books).insert(given);
      given.tags.push('red');
      given.boughtAt.setTime(0);
      given.id = 'b2';
      await inserting;
    });
    expect(await outside.table(books).all()).to.deep.equal([aBook()]);
  });

  it('The memory store keeps a date a date', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ books: [aBook()] }));
    const boughtAt = (await outside.table(books).find('b1'))?.boughtAt;
    expect(boughtAt).to.be.instanceOf(Date);
    expect(boughtAt?.toISOString()).to.equal('2026-01-02T03:04:05.678Z');
    expect(JSON.stringify({ boughtAt })).to.equal('{"boughtAt":"2026-01-02T03:04:05.678Z"}');
  });

  it('The memory store refuses what is no plain data', async () => {
    const { transact } = memoryStore();
    for (const value of [new Map(), () => 1, Symbol('s'), new URL('https://example.org')]) {
      const row = { ...aBook(), value };
      const error = await rejection(transact((scope) => scope.table(books).insert(row)));
      expect(error).to.be.instanceOf(TypeError);
    }
  });

  it('The memory store keeps nothing of an update that does not pass', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ books: [aBook()] }));
    const tampering = transact((scope) =>
      scope.table(books).update('b1', (book) => {
        (book.tags as string[]).push('red');
        return book;
      }),
    );
    expect(await rejection(tampering)).to.be.instanceOf(TypeError);
    expect(await outside.table(books).find('b1')).to.deep.equal(aBook());
  });

  it('The memory store refuses an update that changes the key', async () => {
    const { transact } = memoryStore();
    await transact(put({ books: [aBook()] }));
    const error = await rejection(
      transact((scope) => scope.table(books).update('b1', (book) => ({ ...book, id: 'b2' }))),
    );
    expect(error.message).to.equal('books: an update changes the key b1');
  });
});
