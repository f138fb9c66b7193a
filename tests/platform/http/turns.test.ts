import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { PER_TURN, turns } from '#src/platform/http/overload/turns.js';

/** Requests that note when they begin. */
const beginners = () => {
  const turn = turns();
  const begun: number[] = [];
  const arrive = async (request: number): Promise<void> => {
    await turn();
    begun.push(request);
  };
  return { turn, begun, arrive: (...requests: readonly number[]) => Promise.all(requests.map(arrive)) };
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe('The turns of requests', () => {
  it('A few requests of one turn of the event loop begin at once', () => {
    const { turn } = beginners();
    for (const each of range(0, PER_TURN)) expect(turn(), String(each)).to.equal(null);
    expect(turn()).to.be.instanceOf(Promise);
  });

  it('Further requests begin in later turns of the event loop, a few in each, in the order of their arrival', async () => {
    const { begun, arrive } = beginners();
    void arrive(...range(0, 4 * PER_TURN));
    for (const batches of [1, 2, 3, 4]) {
      await Promise.resolve();
      expect(begun).to.deep.equal(range(0, batches * PER_TURN));
      await nextTurn();
    }
  });

  it('A request that arrives while others wait begins after them', async () => {
    const { begun, arrive } = beginners();
    void arrive(...range(0, 2 * PER_TURN + 1));
    await nextTurn();
    await arrive(100);
    expect(begun).to.deep.equal([...range(0, 2 * PER_TURN + 1), 100]);
  });

  it('A request begins at once after a turn without any', async () => {
    const { turn, arrive } = beginners();
    await arrive(...range(0, 2 * PER_TURN));
    await nextTurn();
    await nextTurn();
    expect(turn()).to.equal(null);
  });
});
