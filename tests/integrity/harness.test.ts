import { expect } from 'chai';
import { countOverlapping } from './attack.js';
import { deliveriesIn, deliveryAnomalies } from './deliveries.js';
import { outcomeTable } from './outcome-table.js';
import { seededRandom } from './random.js';
import { documentedMutations, mutations } from './scenarios/mutations.js';
import { isSerial, type Step } from './serial.js';

describe('What attacks a shop', () => {
  it('knows every call that changes something', () => {
    expect(Object.keys(mutations)).to.have.members([...documentedMutations().keys()]);
  });

  it('counts the requests that shared some time with another, and none that only met', () => {
    const one = { from: 0, to: 10 };
    expect(countOverlapping([one, { from: 10, to: 20 }])).to.equal(0);
    expect(countOverlapping([one, { from: 9, to: 20 }, { from: 30, to: 40 }])).to.equal(2);
    expect(countOverlapping([one, { from: 2, to: 3 }, { from: 4, to: 5 }])).to.equal(3);
  });

  it('finds an order of requests that explains their answers, and says when there is none', () => {
    const took = (wanted: number, left: number): Step<number> => ({
      then: (stock) => (stock - wanted === left ? left : null),
    });
    expect(isSerial([took(1, 0), took(2, 1)], 3, (left) => left === 0)).to.equal(true);
    expect(isSerial([took(1, 0), took(2, 1)], 3, (left) => left === 1)).to.equal(false);
    expect(isSerial([took(1, 2), took(1, 2)], 3, () => true)).to.equal(false);
  });

  it('plays the same chances for the same seed, and others for another', () => {
    const play = (seed: number) => {
      const random = seededRandom(seed);
      return [random.shuffled([1, 2, 3, 4, 5, 6, 7, 8]), random.integer(3, 5), random.pick(['x', 'y'])];
    };
    expect(play(7)).to.deep.equal(play(7));
    expect(play(7)).not.to.deep.equal(play(8));
    const drawn = Array.from({ length: 100 }, (_, seed) => seededRandom(seed).integer(3, 5));
    expect([...new Set(drawn)].sort()).to.deep.equal([3, 4, 5]);
  });

  it('says which events nobody was told of, or in another order', () => {
    const event = (id: string, version: number, aggregateId = 'o1') =>
      ({
        id,
        aggregate: 'order',
        aggregateId,
        version,
        sequence: 0,
        type: 'order.moved',
        customerId: null,
        state: 'delivered',
      }) as const;
    const [first, second, other] = [event('a', 1), event('b', 2), event('c', 1, 'o2')];
    const line = (id: string, second: number) =>
      JSON.stringify({ time: `2026-01-01T00:00:0${String(second)}.000Z`, msg: 'event', event: { id } });
    const said = (...lines: string[]) =>
      deliveryAnomalies([first, second, other], deliveriesIn(lines.join('\n')));
    // Twice is as good as once; what belongs to another aggregate may come when it likes.
    expect(said(line('c', 9), line('a', 1), line('b', 2), line('a', 3), '{"msg":"event"')).to.deep.equal([]);
    expect(said(line('a', 2), line('b', 1), line('c', 1))).to.deep.equal([
      'order.moved of o1 in version 2 was told before order.moved of o1 in version 1',
    ]);
    expect(said(line('a', 1), line('b', 1))).to.deep.equal([
      'nobody was told of order.moved of o2 in version 1',
    ]);
    expect(said(line('a', 1), line('b', 1), line('c', 1), line('d', 1))).to.deep.equal([
      'there never was an event d',
    ]);
    expect(deliveryAnomalies([{ ...first, state: 'parked' }], [{ id: 'a', at: 0 }])).to.deep.equal([
      'order.moved of o1 in version 1 is parked',
    ]);
  });

  it('prints what came of it as a table', () => {
    const outcome = {
      scenario: 'Cart',
      database: 'SQLite',
      attempts: 4,
      overlapped: 3,
      refusals: new Map([['cart_empty', 2]]),
      anomalies: ['a line was lost'],
    };
    expect(outcomeTable([outcome]).split('\n')).to.deep.equal([
      '| Scenario | Database | Attempts | Overlapped | Refused        | Anomalies |',
      '| -------- | -------- | -------- | ---------- | -------------- | --------- |',
      '| Cart     | SQLite   | 4        | 3          | 2 `cart_empty` | 1         |',
    ]);
  });
});
