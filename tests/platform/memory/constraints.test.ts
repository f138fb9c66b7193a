import { expect } from 'chai';
import { memoryStore, type MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable, type MemoryTableDefinition } from '#src/platform/memory/table.js';
import { aBook, allThatCanRun, aShelf, books, fail, gate, put, rejection, shelves } from './fixtures.js';

const labelTaken = { shelves_label: () => fail('label_taken') };
const inUse = { books_shelf: () => fail('shelf_in_use') };
const noSuchShelf = { books_shelf: () => fail('no_such_shelf') };

const labelled = (id: string, label: string) => (scope: MemoryScope) =>
  scope.table(shelves).insert(aShelf({ id, label }), labelTaken);

/** Runs `work`, then keeps its transaction open until `finish` is called with whether it is to commit. */
const holding = async (
  transact: ReturnType<typeof memoryStore>['transact'],
  work: (scope: MemoryScope) => Promise<unknown>,
) => {
  const [done, go] = [gate(), gate()];
  let commits = true;
  const running = transact(async (scope) => {
    await work(scope);
    done.open();
    await go.opened;
    if (!commits) throw new Error('rolled back');
  });
  await done.opened;
  return async (outcome: 'commit' | 'rollback'): Promise<void> => {
    commits = outcome === 'commit';
    go.open();
    await running.catch(() => undefined);
  };
};

describe('memory store: unique values', () => {
  it('The memory store refuses a second row with one key', async () => {
    const { transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const error = await rejection(
      transact((scope) => scope.table(shelves).insert(aShelf(), { shelves_pkey: () => fail('label_taken') })),
    );
    expect(error).to.include({ code: 'label_taken' });
  });

  it('The memory store refuses a value that another row has, on insert and on update, by the error named for the constraint', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf({ label: 'A' }), aShelf({ id: 's2', label: 'B' })] }));
    expect(await rejection(transact(labelled('s3', 'A')))).to.include({ code: 'label_taken' });
    const relabel = transact((scope) =>
      scope.table(shelves).update('s2', (shelf) => ({ ...shelf, label: 'A' }), labelTaken),
    );
    expect(await rejection(relabel)).to.include({ code: 'label_taken' });
    expect((await outside.table(shelves).all()).map(({ label }) => label)).to.deep.equal(['A', 'B']);
  });

  it('The memory store refuses a value twice within one transaction', async () => {
    const { transact } = memoryStore();
    const both = transact(async (scope) => {
      await labelled('s1', 'A')(scope);
      await labelled('s2', 'A')(scope);
    });
    expect(await rejection(both)).to.include({ code: 'label_taken' });
  });

  it('The memory store fails with a plain error when the write does not name the refusal', async () => {
    const { transact } = memoryStore();
    await transact(put({ shelves: [aShelf({ label: 'A' })] }));
    const error = await rejection(transact(put({ shelves: [aShelf({ id: 's2', label: 'A' })] })));
    expect(error.message).to.equal('shelves: shelves_label is violated');
  });

  it('The memory store lets many rows have no value', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
    expect(await outside.table(shelves).all()).to.have.length(2);
  });

  it('The memory store lets a row keep its value, and frees one that is given up or deleted', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf({ label: 'A' }), aShelf({ id: 's2', label: 'B' })] }));
    await transact(async (scope) => {
      const table = scope.table(shelves);
      await table.update('s1', (shelf) => ({ ...shelf, count: 1 }), labelTaken);
      await table.update('s1', (shelf) => ({ ...shelf, label: 'C' }), labelTaken);
      await table.delete('s2');
      await labelled('s3', 'A')(scope);
      await labelled('s4', 'B')(scope);
    });
    await transact((scope) => scope.table(shelves).deleteWhere(() => true));
    await transact(labelled('s5', 'C'));
    expect((await outside.table(shelves).all()).map(({ label }) => label)).to.deep.equal(['C']);
  });

  it('The memory store lets a transaction pass a value on from row to row', async () => {
    const { transact } = memoryStore();
    await transact(put({ shelves: [aShelf({ label: 'A' }), aShelf({ id: 's2', label: 'B' })] }));
    const relabel = (id: string, label: string | null) => (scope: MemoryScope) =>
      scope.table(shelves).update(id, (shelf) => ({ ...shelf, label }), labelTaken);
    await transact(async (scope) => {
      await relabel('s1', null)(scope);
      await relabel('s2', 'A')(scope);
      await relabel('s1', 'B')(scope);
    });
    expect(await rejection(transact(labelled('s3', 'A')))).to.include({ code: 'label_taken' });
    expect(await rejection(transact(labelled('s3', 'B')))).to.include({ code: 'label_taken' });
  });

  for (const [outcome, code] of [
    ['commit', 'label_taken'],
    ['rollback', null],
  ] as const) {
    it(`The memory store makes the second insert of a value wait, and ${code === null ? 'lets it in' : 'refuses it'} after the first one's ${outcome}`, async () => {
      const { transact } = memoryStore();
      const finish = await holding(transact, labelled('s1', 'A'));
      let settled = false;
      const second = transact(labelled('s2', 'A'))
        .then(
          () => null,
          (error: unknown) => (error as { code: string }).code,
        )
        .finally(() => {
          settled = true;
        });
      await allThatCanRun();
      expect(settled).to.equal(false);
      await finish(outcome);
      expect(await second).to.equal(code);
    });

    it(`The memory store makes an insert wait for the deletion of the row that has the value, and decides after its ${outcome}`, async () => {
      const { transact } = memoryStore();
      await transact(labelled('s1', 'A'));
      const finish = await holding(transact, (scope) => scope.table(shelves).delete('s1'));
      const second = transact(labelled('s2', 'A')).then(
        () => 'label_taken',
        () => null,
      );
      await allThatCanRun();
      await finish(outcome);
      expect(await second).to.equal(code);
    });
  }

  it('The memory store lets inserts of different values pass each other', async () => {
    const { transact } = memoryStore();
    const finish = await holding(transact, labelled('s1', 'A'));
    await transact(labelled('s2', 'B'));
    await finish('commit');
  });
});

describe('memory store: references', () => {
  it('The memory store refuses a row that refers to none, on insert and on update', async () => {
    const { transact } = memoryStore();
    await transact(put({ books: [aBook()] }));
    const inserting = transact((scope) =>
      scope.table(books).insert(aBook({ id: 'b2', shelfId: 's9' }), noSuchShelf),
    );
    const moving = transact((scope) =>
      scope.table(books).update('b1', (book) => ({ ...book, shelfId: 's9' }), noSuchShelf),
    );
    expect(await rejection(inserting)).to.include({ code: 'no_such_shelf' });
    expect(await rejection(moving)).to.include({ code: 'no_such_shelf' });
  });

  it('The memory store accepts a parent that the same transaction has just inserted', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()], books: [aBook({ shelfId: 's1' })] }));
    expect(await outside.table(books).all()).to.have.length(1);
  });

  it('The memory store refuses to delete a row that others refer to, and allows it once they are gone', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()], books: [aBook({ shelfId: 's1' })] }));
    const deleting = transact((scope) => scope.table(shelves).delete('s1', undefined, inUse));
    expect(await rejection(deleting)).to.include({ code: 'shelf_in_use' });
    await transact(async (scope) => {
      await scope.table(books).delete('b1');
      await scope.table(shelves).delete('s1', undefined, inUse);
    });
    expect(await outside.table(shelves).all()).to.deep.equal([]);
  });

  it('The memory store lets two transactions insert under one parent at the same time', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const finish = await holding(transact, put({ books: [aBook({ shelfId: 's1' })] }));
    await transact(put({ books: [aBook({ id: 'b2', shelfId: 's1' })] }));
    await finish('commit');
    expect(await outside.table(books).all()).to.have.length(2);
  });

  it('The memory store makes the deletion of a parent wait for a child that is being inserted', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const finish = await holding(transact, put({ books: [aBook({ shelfId: 's1' })] }));
    const deleting = rejection(transact((scope) => scope.table(shelves).delete('s1', undefined, inUse)));
    await allThatCanRun();
    await finish('commit');
    expect(await deleting).to.include({ code: 'shelf_in_use' });
    expect(await outside.table(shelves).all()).to.have.length(1);
  });

  it('The memory store makes a child wait for the deletion of its parent, and refuses it then', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const finish = await holding(transact, (scope) => scope.table(shelves).delete('s1'));
    const inserting = rejection(
      transact((scope) => scope.table(books).insert(aBook({ shelfId: 's1' }), noSuchShelf)),
    );
    await allThatCanRun();
    await finish('commit');
    expect(await inserting).to.include({ code: 'no_such_shelf' });
    expect(await outside.table(books).all()).to.deep.equal([]);
  });

  for (const [outcome, parents] of [
    ['commit', 0],
    ['rollback', 1],
  ] as const) {
    it(`The memory store makes the deletion of a parent wait for that of its child, and decides after its ${outcome}`, async () => {
      const { outside, transact } = memoryStore();
      await transact(put({ shelves: [aShelf()], books: [aBook({ shelfId: 's1' })] }));
      const finish = await holding(transact, (scope) => scope.table(books).delete('b1'));
      const deleting = transact((scope) => scope.table(shelves).delete('s1', undefined, inUse)).catch(
        () => undefined,
      );
      await allThatCanRun();
      await finish(outcome);
      await deleting;
      expect(await outside.table(shelves).all()).to.have.length(parents);
    });
  }

  it('The memory store lets a row refer to itself', async () => {
    interface Node {
      readonly id: string;
      readonly parent: string;
    }
    const nodes: MemoryTableDefinition<Node> = memoryTable<Node>({
      name: 'nodes',
      key: ({ id }) => id,
      references: { nodes_parent: { table: () => nodes, key: ({ parent }) => parent } },
    });
    const { outside, transact } = memoryStore();
    await transact((scope) => scope.table(nodes).insert({ id: 'n', parent: 'n' }));
    await transact((scope) => scope.table(nodes).delete('n'));
    expect(await outside.table(nodes).all()).to.deep.equal([]);
  });
});
