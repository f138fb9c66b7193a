import { expect } from 'chai';
import { DomainError, failWrite } from '#src/kernel/errors.js';
import { memoryStore, type MemoryScope } from '#src/platform/memory/store.js';
import {
  aBook,
  allThatCanRun,
  aShelf,
  books,
  gate,
  put,
  rejection,
  shelves,
  type Shelf,
} from './fixtures.js';

const plusOne = (shelf: Shelf): Shelf => ({ ...shelf, count: shelf.count + 1 });

const noDelay = () => Promise.resolve();

describe('memory store: locks', () => {
  it('The memory store makes the second writer of a row wait and then work on what the first has committed', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const [written, go] = [gate(), gate()];
    const first = transact(async (scope) => {
      await scope.table(shelves).update('s1', plusOne);
      written.open();
      await go.opened;
    });
    await written.opened;
    let touched: number | null = null;
    const second = transact(async (scope) => {
      touched = await scope.table(shelves).update('s1', plusOne);
    });
    await allThatCanRun();
    expect(touched).to.equal(null);
    go.open();
    await Promise.all([first, second]);
    expect(touched).to.equal(1);
    expect((await outside.table(shelves).find('s1'))?.count).to.equal(2);
  });

  it('The memory store makes the second writer work on the old row when the first one fails', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const [written, go] = [gate(), gate()];
    const first = transact(async (scope) => {
      await scope.table(shelves).update('s1', (shelf) => ({ ...shelf, count: 100 }));
      written.open();
      await go.opened;
      throw new Error('no');
    });
    await written.opened;
    const second = transact((scope) => scope.table(shelves).update('s1', plusOne));
    go.open();
    await rejection(first);
    await second;
    expect((await outside.table(shelves).find('s1'))?.count).to.equal(1);
  });

  it('The memory store grants a lock in the order in which it was asked for', async () => {
    const { transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const [locked, go] = [gate(), gate()];
    const order: number[] = [];
    const first = transact(async (scope) => {
      await scope.table(shelves).lock('s1');
      locked.open();
      await go.opened;
    });
    await locked.opened;
    const others = [1, 2, 3, 4].map((number) =>
      transact(async (scope) => {
        await scope.table(shelves).lock('s1');
        order.push(number);
      }),
    );
    await allThatCanRun();
    expect(order).to.deep.equal([]);
    go.open();
    await Promise.all([first, ...others]);
    expect(order).to.deep.equal([1, 2, 3, 4]);
  });

  it('The memory store returns the latest committed row with a lock, not the one read before', async () => {
    const { transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const [read, changed] = [gate(), gate()];
    const locking = transact(async (scope) => {
      const before = await scope.table(shelves).find('s1');
      read.open();
      await changed.opened;
      return [before?.count, (await scope.table(shelves).lock('s1'))?.count];
    });
    await read.opened;
    await transact((scope) => scope.table(shelves).update('s1', plusOne));
    changed.open();
    expect(await locking).to.deep.equal([0, 1]);
  });

  it('The memory store lets readers pass a locked row', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const [locked, go] = [gate(), gate()];
    const holding = transact(async (scope) => {
      await scope.table(shelves).lock('s1');
      locked.open();
      await go.opened;
    });
    await locked.opened;
    expect(await outside.table(shelves).find('s1')).to.deep.equal(aShelf());
    go.open();
    await holding;
  });

  it('The memory store lets writers of different rows pass each other', async () => {
    const { transact } = memoryStore();
    await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
    const [locked, go] = [gate(), gate()];
    const holding = transact(async (scope) => {
      await scope.table(shelves).update('s1', plusOne);
      locked.open();
      await go.opened;
    });
    await locked.opened;
    expect(await transact((scope) => scope.table(shelves).update('s2', plusOne))).to.equal(1);
    go.open();
    await holding;
  });

  it('The memory store locks nothing when there is no row to lock', async () => {
    const { transact } = memoryStore();
    const [locked, go] = [gate(), gate()];
    const holding = transact(async (scope) => {
      await scope.table(shelves).lock('s1');
      await scope.table(shelves).update('s1', plusOne);
      locked.open();
      await go.opened;
    });
    await locked.opened;
    await transact(put({ shelves: [aShelf()] }));
    go.open();
    await holding;
  });

  it('The memory store waits for a row that is being inserted', async () => {
    const { transact } = memoryStore();
    const [inserted, go] = [gate(), gate()];
    const inserting = transact(async (scope) => {
      await scope.table(shelves).insert(aShelf());
      inserted.open();
      await go.opened;
    });
    await inserted.opened;
    const locking = transact((scope) => scope.table(shelves).lock('s1'));
    await allThatCanRun();
    go.open();
    await inserting;
    expect(await locking).to.deep.equal(aShelf());
  });

  it('The memory store touches no row when the condition does not hold, or the row is gone', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const touched = await transact(async (scope) => [
      await scope.table(shelves).update('s1', (shelf) => (shelf.version === 2 ? plusOne(shelf) : null)),
      await scope.table(shelves).update('s2', plusOne),
      await scope.table(shelves).delete('s1', ({ version }) => version === 2),
      await scope.table(shelves).delete('s2'),
    ]);
    expect(touched).to.deep.equal([0, 0, 0, 0]);
    expect(await outside.table(shelves).all()).to.deep.equal([aShelf()]);
  });

  it('The memory store asks the condition again after the wait', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const [written, go] = [gate(), gate()];
    const first = transact(async (scope) => {
      await scope.table(shelves).update('s1', plusOne);
      written.open();
      await go.opened;
    });
    await written.opened;
    const empty = ({ count }: Shelf): boolean => count === 0;
    const others = [
      transact((scope) => scope.table(shelves).deleteWhere(empty)),
      transact((scope) => scope.table(shelves).updateWhere(empty, plusOne)),
      transact((scope) => scope.table(shelves).delete('s1', empty)),
    ];
    await allThatCanRun();
    go.open();
    await first;
    expect(await Promise.all(others)).to.deep.equal([0, 0, 0]);
    expect((await outside.table(shelves).find('s1'))?.count).to.equal(1);
  });

  it('The memory store lets exactly one of 20 writers with one version win', async () => {
    const { outside, transact } = memoryStore();
    await transact(put({ shelves: [aShelf()] }));
    const touched = await Promise.all(
      Array.from({ length: 20 }, (_, writer) =>
        transact((scope) =>
          scope
            .table(shelves)
            .update('s1', (shelf) => (shelf.version === 1 ? { ...shelf, count: writer, version: 2 } : null)),
        ),
      ),
    );
    expect(touched.filter((count) => count === 1)).to.have.length(1);
    expect(await outside.table(shelves).find('s1')).to.deep.equal(
      aShelf({ count: touched.indexOf(1), version: 2 }),
    );
  });
});

describe('memory store: deadlocks and retries', () => {
  /** Locks one row, waits until the other transaction has locked its own, and asks for that one. */
  const crossing =
    (mine: string, theirs: string, arrive: () => void, met: Promise<void>) => async (scope: MemoryScope) => {
      await scope.table(shelves).update(mine, plusOne);
      arrive();
      await met;
      await scope.table(shelves).update(theirs, plusOne);
    };

  /** Opens when as many have arrived as were expected. */
  const meeting = (expected: number) => {
    const { opened, open } = gate();
    let missing = expected;
    const arrive = (): void => {
      missing -= 1;
      if (missing === 0) open();
    };
    return { met: opened, arrive };
  };

  const countingRetries = () => {
    const counted = { retries: 0 };
    const delay = (): Promise<void> => {
      counted.retries += 1;
      return Promise.resolve();
    };
    return { counted, delay };
  };

  it('The memory store ends one of two that wait for each other and runs it again', async () => {
    const { counted, delay } = countingRetries();
    const { outside, transact } = memoryStore({ delay });
    await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
    const { met, arrive } = meeting(2);
    await Promise.all([
      transact(crossing('s1', 's2', arrive, met)),
      transact(crossing('s2', 's1', arrive, met)),
    ]);
    expect(counted.retries).to.equal(1);
    expect((await outside.table(shelves).all()).map(({ count }) => count)).to.deep.equal([2, 2]);
  });

  it('The memory store finds a cycle of three', async () => {
    const { counted, delay } = countingRetries();
    const { outside, transact } = memoryStore({ delay });
    await transact(put({ shelves: ['a', 'b', 'c'].map((id) => aShelf({ id })) }));
    const { met, arrive } = meeting(3);
    await Promise.all(
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ].map(([mine = '', theirs = '']) => transact(crossing(mine, theirs, arrive, met))),
    );
    expect(counted.retries).to.equal(1);
    expect((await outside.table(shelves).all()).map(({ count }) => count)).to.deep.equal([2, 2, 2]);
  });

  it('The memory store finds a cycle that goes through a place in the queue', async () => {
    const { counted, delay } = countingRetries();
    const { outside, transact } = memoryStore({ delay });
    await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
    const [shared, queued] = [gate(), gate()];
    const reader = transact(async (scope) => {
      await scope.table(books).insert(aBook({ shelfId: 's1' })); // holds s1, shared
      shared.open();
      await queued.opened;
      await scope.table(shelves).update('s2', plusOne); // waits for the third
    });
    await shared.opened;
    const writer = transact((scope) => scope.table(shelves).update('s1', plusOne)); // waits for the first
    const third = transact(async (scope) => {
      await scope.table(shelves).update('s2', plusOne);
      await scope.table(books).insert(aBook({ id: 'b2', shelfId: 's1' })); // waits behind the second
    });
    await allThatCanRun();
    queued.open();
    await Promise.all([reader, writer, third]);
    expect(counted.retries).to.equal(1);
    expect((await outside.table(shelves).all()).map(({ count }) => count)).to.deep.equal([1, 2]);
  });

  it('The memory store lets the only one who shares a row write it, ahead of those who wait for it', async () => {
    const { counted, delay } = countingRetries();
    const { outside, transact } = memoryStore({ delay });
    await transact(put({ shelves: [aShelf()] }));
    const [shared, queued] = [gate(), gate()];
    const first = transact(async (scope) => {
      await scope.table(books).insert(aBook({ shelfId: 's1' }));
      shared.open();
      await queued.opened;
      await scope.table(shelves).update('s1', (shelf) => ({ ...shelf, count: 10 }));
    });
    await shared.opened;
    const second = transact((scope) => scope.table(shelves).update('s1', plusOne));
    await allThatCanRun();
    queued.open();
    await Promise.all([first, second]);
    expect(counted.retries).to.equal(0);
    expect((await outside.table(shelves).find('s1'))?.count).to.equal(11);
  });

  for (const [how, handle] of [
    ['swallows it', () => undefined],
    [
      'throws another',
      () => {
        throw new Error('something failed');
      },
    ],
  ] as const) {
    it(`The memory store does not let a transaction go on after its deadlock, even when its work catches the error and ${how}`, async () => {
      const { outside, transact } = memoryStore({ delay: noDelay });
      await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
      const { met, arrive } = meeting(2);
      await Promise.all([
        transact(crossing('s1', 's2', arrive, met)),
        transact((scope) => crossing('s2', 's1', arrive, met)(scope).catch(handle)),
      ]);
      expect((await outside.table(shelves).all()).map(({ count }) => count)).to.deep.equal([2, 2]);
    });
  }

  it('The memory store gives up on deadlocks at the bound and fails with busy', async () => {
    const { transact } = memoryStore({ delay: noDelay, attempts: 1 });
    await transact(put({ shelves: [aShelf(), aShelf({ id: 's2' })] }));
    const { met, arrive } = meeting(2);
    const outcomes = await Promise.allSettled([
      transact(crossing('s1', 's2', arrive, met)),
      transact(crossing('s2', 's1', arrive, met)),
    ]);
    const reasons = outcomes.flatMap((it): unknown[] => (it.status === 'rejected' ? [it.reason] : []));
    expect(reasons).to.have.length(1);
    expect(reasons[0]).to.be.instanceOf(DomainError).and.to.include({ kind: 'unavailable', code: 'busy' });
  });

  it('The memory store runs the whole work again after a stale write, on what is committed now', async () => {
    const { outside, transact } = memoryStore({ delay: noDelay });
    await transact(put({ shelves: [aShelf()] }));
    await Promise.all(
      [1, 2, 3].map(() =>
        transact(async (scope) => {
          const seen = await scope.table(shelves).find('s1');
          const touched = await scope
            .table(shelves)
            .update('s1', (shelf) =>
              shelf.version === seen?.version ? { ...plusOne(seen), version: seen.version + 1 } : null,
            );
          if (touched === 0) throw failWrite('stale_write');
        }),
      ),
    );
    expect(await outside.table(shelves).find('s1')).to.include({ count: 3, version: 4 });
  });

  it('The memory store gives up on stale writes at the bound with the error itself', async () => {
    const failures: number[] = [];
    const { transact } = memoryStore({
      attempts: 3,
      delay: (failed) => {
        failures.push(failed);
        return Promise.resolve();
      },
    });
    const stale = failWrite('stale_write');
    expect(await rejection(transact(() => Promise.reject(stale)))).to.equal(stale);
    expect(failures).to.deep.equal([1, 2]);
  });

  it('The memory store runs no work twice that failed for another reason', async () => {
    let runs = 0;
    const { transact } = memoryStore({ delay: noDelay });
    await rejection(
      transact(() => {
        runs += 1;
        return Promise.reject(failWrite('precondition_failed'));
      }),
    );
    expect(runs).to.equal(1);
  });
});
