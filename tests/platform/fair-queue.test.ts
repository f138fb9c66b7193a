import { expect } from 'chai';
import { fairQueue, type FairQueueOptions } from '#src/platform/fair-queue.js';

const FULL = new Error('full');

/** A queue with jobs that end when they are told to. */
const queueOf = (options: Omit<FairQueueOptions, 'full'>) => {
  const queue = fairQueue({ ...options, full: () => FULL });
  const [started, refused]: [string[], string[]] = [[], []];
  const ends = new Map<string, () => void>();
  /** Whose name begins a job's name. */
  const ask = (name: string): Promise<unknown> =>
    queue(name.slice(0, 1), () => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    }).catch((error: unknown) => {
      expect(error).to.equal(FULL);
      refused.push(name);
    });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const asked = new Map<string, Promise<unknown>>();
  return {
    started,
    refused,
    ask: async (...names: readonly string[]): Promise<void> => {
      for (const name of names) asked.set(name, ask(name));
      await settle();
    },
    end: async (name: string): Promise<void> => {
      ends.get(name)?.();
      await asked.get(name);
      await settle();
    },
  };
};

describe('A fair queue', () => {
  it('A fair queue runs as many jobs at once as allowed, and the next one when one has ended', async () => {
    const { ask, end, started } = queueOf({ concurrent: 2, waiting: 9, waitingEach: 9 });
    await ask('a1', 'a2', 'a3');
    expect(started).to.deep.equal(['a1', 'a2']);
    await end('a2');
    expect(started).to.deep.equal(['a1', 'a2', 'a3']);
  });

  it('A fair queue lets the callers take turns, however many jobs each of them has', async () => {
    const { ask, end, started } = queueOf({ concurrent: 1, waiting: 9, waitingEach: 9 });
    await ask('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1');
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']) await end(name);
    expect(started).to.deep.equal(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('A fair queue serves a caller without running jobs before one who occupies every place', async () => {
    const { ask, end, started } = queueOf({ concurrent: 2, waiting: 9, waitingEach: 9 });
    await ask('a1', 'a2', 'a3', 'b1', 'b2');
    await end('a1');
    expect(started.at(-1)).to.equal('b1');
    await end('a2');
    expect(started.at(-1)).to.equal('a3');
    await end('a3');
    expect(started.at(-1), 'nobody else waits').to.equal('b2');
  });

  it('A fair queue refuses a job whose caller has every place that one caller may have, and only that', async () => {
    const { ask, started, refused } = queueOf({ concurrent: 1, waiting: 9, waitingEach: 2 });
    await ask('a1', 'a2', 'a3', 'a4', 'b1');
    expect([started, refused]).to.deep.equal([['a1'], ['a4']]);
  });

  it('A fair queue refuses the last job of the longest line for a newcomer when it is full', async () => {
    const { ask, end, started, refused } = queueOf({ concurrent: 1, waiting: 5, waitingEach: 3 });
    await ask('a1', 'a2', 'a3', 'a4', 'b1', 'b2');
    await ask('c1');
    expect(refused).to.deep.equal(['a4']);
    for (const name of ['a1', 'a2', 'b1', 'c1']) await end(name);
    expect(started).to.deep.equal(['a1', 'a2', 'b1', 'c1', 'a3']);
  });

  it('A fair queue shares its places out evenly when it is full, and takes none from a caller who has no more than the newcomer', async () => {
    const { ask, refused } = queueOf({ concurrent: 1, waiting: 4, waitingEach: 4 });
    await ask('a1', 'a2', 'a3', 'a4', 'a5');
    await ask('b1', 'b2');
    expect(refused).to.deep.equal(['a5', 'a4']);
    await ask('b3');
    expect(refused.slice(2)).to.deep.equal(['b3']);
    for (const name of ['c1', 'd1', 'e1']) await ask(name);
    expect(refused.slice(3)).to.deep.equal(['a3', 'b2', 'e1']);
  });

  it('A fair queue passes its places on when jobs fail, and rejects with their errors', async () => {
    const queue = fairQueue({ concurrent: 1, waiting: 9, waitingEach: 9, full: () => FULL });
    const bug = new Error('a bug');
    const failures = await Promise.allSettled([
      queue('a', () => Promise.reject(bug)),
      queue('a', () => {
        throw bug;
      }),
      queue('b', () => Promise.resolve('done')),
    ]);
    expect(
      failures.map((each) => (each.status === 'rejected' ? (each.reason as unknown) : each.value)),
    ).to.deep.equal([bug, bug, 'done']);
  });
});
