import { expect } from 'chai';
import fc, { type Scheduler } from 'fast-check';
import { memoryStore, type MemoryScope } from '#src/platform/memory/store.js';
import { aShelf, put, shelves } from './fixtures.js';

const BUYERS = 3;
const COPIES = 2;

const takeNaively = async (scope: MemoryScope): Promise<boolean> => {
  const shelf = await scope.table(shelves).find('s1');
  if (shelf === null || shelf.count === 0) return false;
  await scope.table(shelves).update('s1', () => ({ ...shelf, count: shelf.count - 1 }));
  return true;
};

const takeUnderLock = async (scope: MemoryScope): Promise<boolean> => {
  const shelf = await scope.table(shelves).lock('s1');
  if (shelf === null || shelf.count === 0) return false;
  await scope.table(shelves).update('s1', () => ({ ...shelf, count: shelf.count - 1 }));
  return true;
};

const takeConditionally = async (scope: MemoryScope): Promise<boolean> =>
  (await scope
    .table(shelves)
    .update('s1', (shelf) => (shelf.count > 0 ? { ...shelf, count: shelf.count - 1 } : null))) === 1;

/** Lets `BUYERS` take one of `COPIES` in an order that the scheduler chooses; returns how many believe to have one. */
const sell = async (scheduler: Scheduler, take: typeof takeNaively) => {
  let scheduled = false;
  const { outside, transact } = memoryStore({
    pause: (statement) => (scheduled ? scheduler.schedule(Promise.resolve(), statement) : Promise.resolve()),
    delay: () => Promise.resolve(),
  });
  await transact(put({ shelves: [aShelf({ count: COPIES })] }));
  scheduled = true;
  const buying = Promise.all(Array.from({ length: BUYERS }, () => transact(take)));
  const sold = (await scheduler.waitFor(buying)).filter(Boolean).length;
  scheduled = false;
  return { sold, left: (await outside.table(shelves).find('s1'))?.count };
};

const neverOversells = (take: typeof takeNaively) =>
  fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    const { sold, left } = await sell(scheduler, take);
    return sold === COPIES && left === 0;
  });

const numRuns = 60;

describe('memory store: interleavings that a scheduler chooses', () => {
  it('A scheduler of the memory store’s statements shows the race of a decision taken from a plain read', async () => {
    const { failed, counterexample } = await fc.check(neverOversells(takeNaively), { numRuns });
    expect(failed).to.equal(true);
    expect(fc.stringify(counterexample)).to.include('shelves.find');
  });

  it('A scheduler of the memory store’s statements shows none of a decision taken under a lock', async () => {
    await fc.assert(neverOversells(takeUnderLock), { numRuns });
  });

  it('A scheduler of the memory store’s statements shows none of a conditional update', async () => {
    await fc.assert(neverOversells(takeConditionally), { numRuns });
  });
});
