import { expect } from 'chai';
import { countOverlapping } from './attack.js';
import { deliveryAnomalies, loggedEventsIn } from './deliveries.js';
import { outcomeTable } from './outcome-table.js';
import { seededRandom } from './random.js';
import { ATTACKED_ELSEWHERE, documentedMutations, mutations } from './scenarios/mutations.js';
import { isSerial, type Step } from './serial.js';

describe('What attacks a shop', () => {
  it('The attack on a shop knows every call that changes something', () => {
    const known = [...Object.keys(mutations), ...Object.keys(ATTACKED_ELSEWHERE)];
    expect(known).to.have.members([...documentedMutations().keys()]);
  });

  it('The attack on a shop counts the requests that shared some time with another, and none that only met', () => {
    const one = { from: 0, to: 10 };
    expect(countOverlapping([one, { from: 10, to: 20 }])).to.equal(0);
    expect(countOverlapping([one, { from: 9, to: 20 }, { from: 30, to: 40 }])).to.equal(2);
    expect(countOverlapping([one, { from: 2, to: 3 }, { from: 4, to: 5 }])).to.equal(3);
  });

  it('The attack on a shop finds an order of requests that explains their responses, and says when there is none', () => {
    const took = (wanted: number, left: number): Step<number> => ({
      then: (stock) => (stock - wanted === left ? left : null),
    });
    expect(isSerial([took(1, 0), took(2, 1)], 3, (left) => left === 0)).to.equal(true);
    expect(isSerial([took(1, 0), took(2, 1)], 3, (left) => left === 1)).to.equal(false);
    expect(isSerial([took(1, 2), took(1, 2)], 3, () => true)).to.equal(false);
  });

  it('The attack on a shop makes the same random choices for the same seed, and others for another', () => {
    const play = (seed: number) => {
      const random = seededRandom(seed);
      return [random.shuffled([1, 2, 3, 4, 5, 6, 7, 8]), random.integer(3, 5), random.pick(['x', 'y'])];
    };
    expect(play(7)).to.deep.equal(play(7));
    expect(play(7)).not.to.deep.equal(play(8));
    const drawn = Array.from({ length: 100 }, (_, seed) => seededRandom(seed).integer(3, 5));
    expect([...new Set(drawn)].sort()).to.deep.equal([3, 4, 5]);
  });

  it('The attack on a shop says which events a subscriber has not received, or in another order', () => {
    const event = (id: string, version: number, aggregateId = 'o1') =>
      ({
        id,
        aggregate: 'order',
        aggregateId,
        version,
        sequence: 0,
        type: aggregateId === 'o1' ? 'order.moved' : 'order.made',
        customerId: null,
        dispatched: true,
      }) as const;
    const events = [event('a', 1), event('b', 2), event('c', 1, 'o2')];
    const subscriptions = [{ subscriber: 'mover', types: ['order.moved'] }];
    const logged = (id: string, second: number, subscriber?: string) =>
      JSON.stringify({
        time: `2026-01-01T00:00:0${String(second)}.000Z`,
        subscriber,
        event: { id },
        msg: subscriber === undefined ? 'event' : 'event delivered',
      });
    const all = ['a', 'b', 'c'].map((id, second) => logged(id, second));
    const moved = [logged('a', 1, 'mover'), logged('b', 2, 'mover')];
    const said = (...lines: string[]) =>
      deliveryAnomalies({ events, subscriptions, deliveries: [] }, loggedEventsIn(lines.join('\n')));
    // Twice is as good as once; what belongs to another aggregate may come when it likes.
    const repeated = [logged('c', 9), logged('a', 3), logged('a', 3, 'mover'), '{"msg":"event"'];
    expect(said(...all, ...moved, ...repeated)).to.deep.equal([]);
    expect(said(...all, logged('a', 2, 'mover'), logged('b', 1, 'mover'))).to.deep.equal([
      'mover received order.moved of o1 in version 2 before order.moved of o1 in version 1',
    ]);
    expect(said(logged('a', 2), logged('b', 1), logged('c', 1), ...moved)).to.deep.equal([
      'the log received order.moved of o1 in version 2 before order.moved of o1 in version 1',
    ]);
    expect(said(...all, logged('a', 1, 'mover'))).to.deep.equal([
      'mover never received order.moved of o1 in version 2',
    ]);
    expect(said(...all.slice(0, 2), ...moved)).to.deep.equal([
      'the log never received order.made of o2 in version 1',
    ]);
    expect(said(...all, ...moved, logged('c', 1, 'mover'))).to.deep.equal([
      'mover received c, which is no event of its types',
    ]);
    const dead = { eventId: 'a', subscriber: 'mover', state: 'dead_lettered' } as const;
    const left = { events: [...events, { ...event('d', 2, 'o2'), dispatched: false }], subscriptions };
    expect(
      deliveryAnomalies(
        { ...left, deliveries: [dead] },
        loggedEventsIn([...all, ...moved, logged('d', 9)].join('\n')),
      ),
    ).to.deep.equal([
      'order.made of o2 in version 2 is not dispatched',
      'order.moved of o1 in version 1 is dead_lettered for mover',
    ]);
  });

  it('The attack on a shop prints its results as a table', () => {
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
