import { expect } from 'chai';
import type { EventId, EventType } from '#src/kernel/events.js';
import { EVENT_TYPES } from '#src/main/events.js';
import type {
  Claimant,
  ClaimedDelivery,
  Delivery,
  OutboxEvent,
  Outcome,
  OutboxRepository,
} from '#src/platform/outbox/outbox.js';
import { newId } from '../../support/builders/ids.js';
import { aHistory, anEvent } from '../../support/builders/outbox.js';
import { openedSubject, rejectionOf } from '../../support/contract-tools.js';
import { eventually } from '../../support/eventually.js';
import type { OpenSubject } from '../../support/subject.js';

const MINUTE = 60_000;

/** What every outbox does, for the one named `name`. */
export const outboxRepositoryContract = (
  name: string,
  open: OpenSubject<{ readonly outbox: OutboxRepository }>,
): void => {
  describe(`OutboxRepository on ${name}`, () => {
    const subject = openedSubject(open, 1);
    const outside = () => subject().outside.outbox;
    const within = <T>(work: (outbox: OutboxRepository) => Promise<T>): Promise<T> =>
      subject().transact(({ outbox }) => work(outbox));

    // The tests of one store share it: each has subscribers of its own, and leaves nothing undispatched.
    let ada: string;
    let bob: string;
    const subscribe = (subscriber: string, types = EVENT_TYPES) =>
      within((outbox) => outbox.subscribe({ subscriber, types }));
    beforeEach(async () => {
      [ada, bob] = [`ada.${newId()}`, `bob.${newId()}`];
      await subscribe(ada);
    });
    afterEach(async () => {
      await dispatch();
      for (const { subscriber } of await outside().backlogs())
        await within((outbox) => outbox.unsubscribe(subscriber));
    });

    const add = (...events: readonly OutboxEvent[]) => within((outbox) => outbox.add(events));
    const dispatch = async (limit = 1000): Promise<readonly string[]> =>
      (await within((outbox) => outbox.dispatch(limit))).map(({ id }) => id);
    const send = async (...events: readonly OutboxEvent[]): Promise<void> => {
      await add(...events);
      await dispatch();
    };
    const due = (subscriber = ada, types = EVENT_TYPES, limit = 1000) =>
      outside().due({ subscriber, types }, limit);
    const claim = (ids: readonly EventId[], subscriber = ada, leaseMs = MINUTE) =>
      within((outbox) => outbox.claim(subscriber, ids, { claimId: newId(), leaseMs }));
    const claimOne = async ({ id }: OutboxEvent, subscriber = ada, leaseMs = MINUTE) =>
      (await claim([id], subscriber, leaseMs))[0] ?? expect.fail('it was not to be claimed');
    const settle = (delivery: ClaimedDelivery, outcome: Outcome) =>
      within((outbox) => outbox.settle([{ delivery, outcome }]));
    const deliver = async (event: OutboxEvent, subscriber = ada) =>
      settle(await claimOne(event, subscriber), { is: 'delivered' });
    const deadLetter = async (event: OutboxEvent, subscriber = ada) =>
      settle(await claimOne(event, subscriber), { is: 'dead_lettered' });
    const at = (history: readonly OutboxEvent[], index: number): OutboxEvent =>
      history[index] ?? expect.fail('the history is too short');
    const idsOf = (deliveries: readonly Delivery[]) =>
      deliveries.map(({ event, subscriber }) => [event.id, subscriber]);

    it('An outbox repository dispatches what was added to each subscriber to its type, once', async () => {
      await subscribe(bob, ['stock.depleted']);
      const [order, stock] = [anEvent(), anEvent({ type: 'stock.depleted', data: {} })];
      await add(order, stock);
      expect(await outside().hasUndispatched()).to.equal(true);
      expect(await due()).to.deep.equal([]);
      const dispatched = await within((outbox) => outbox.dispatch(1000));
      expect(dispatched.toSorted((a, b) => (a.id < b.id ? -1 : 1))).to.deep.equal([order, stock]);
      expect(await outside().hasUndispatched()).to.equal(false);
      expect(await dispatch()).to.deep.equal([]);
      expect(await due()).to.have.members([order.id, stock.id]);
      expect(await due(bob)).to.deep.equal([stock.id]);
    });

    describe('that claims what it dispatches', () => {
      const claimant = (given: Partial<Claimant> = {}): Claimant => ({
        ...{ subscriber: ada, types: EVENT_TYPES, claimId: newId(), leaseMs: MINUTE, limit: 10 },
        ...given,
      });
      const dispatchFor = (...claimants: readonly Claimant[]) =>
        within((outbox) => outbox.dispatchAndClaim(1000, claimants));

      it('An outbox repository that claims what it dispatches leases the first event of each aggregate, as a first attempt', async () => {
        const [history, other] = [aHistory(2), anEvent()];
        await add(...history, other);
        const mine = claimant();
        const { events, claimed, waiting } = await dispatchFor(mine);
        expect(events.map(({ id }) => id)).to.have.members([...history, other].map(({ id }) => id));
        expect(claimed).to.have.deep.members(
          [at(history, 0), other].map((event) => ({
            ...{ event, subscriber: ada, attempts: 1, claimId: mine.claimId },
          })),
        );
        expect([...waiting]).to.deep.equal([ada]);
        expect(await due()).to.deep.equal([]);
        expect(await claim([other.id])).to.deep.equal([]);
        const settlements = claimed.map((delivery) => ({ delivery, outcome: { is: 'delivered' } as const }));
        expect(await within((outbox) => outbox.settle(settlements))).to.equal(2);
        expect(await due()).to.deep.equal([at(history, 1).id]);
      });

      it('An outbox repository that claims what it dispatches claims nothing behind an earlier event that waits', async () => {
        const history = aHistory(2);
        await send(at(history, 0));
        await add(at(history, 1));
        const { claimed, waiting } = await dispatchFor(claimant());
        expect([claimed, [...waiting]]).to.deep.equal([[], [ada]]);
        await deliver(at(history, 0));
        expect(await due()).to.deep.equal([at(history, 1).id]);
      });

      it('An outbox repository that claims what it dispatches claims no more than the limit, no other type and for no other subscriber', async () => {
        await subscribe(bob);
        await add(anEvent(), anEvent(), anEvent({ type: 'stock.depleted', data: {} }));
        const { claimed, waiting } = await dispatchFor(
          claimant({ limit: 1 }),
          claimant({ subscriber: bob, types: ['stock.depleted'] }),
        );
        expect(claimed.map(({ subscriber }) => subscriber).sort()).to.deep.equal([ada, bob]);
        expect(claimed.find(({ subscriber }) => subscriber === bob)?.event.type).to.equal('stock.depleted');
        expect([...waiting].sort()).to.deep.equal([ada, bob]);
        expect([await due(), await due(bob)].map(({ length }) => length)).to.deep.equal([2, 2]);
      });

      it('An outbox repository that claims what it dispatches makes it due again when the lease expires', async () => {
        const event = anEvent();
        await add(event);
        await dispatchFor(claimant({ leaseMs: -1 }));
        expect(await due()).to.deep.equal([event.id]);
        expect((await claimOne(event)).attempts).to.equal(2);
      });

      it('An outbox repository that claims what it dispatches dispatches nothing when there is nothing', async () => {
        const { events, claimed, waiting } = await dispatchFor(claimant());
        expect([events, claimed, [...waiting]]).to.deep.equal([[], [], []]);
      });
    });

    it('An outbox repository gives the subscriber the event as it was added', async () => {
      const event = anEvent();
      await send(event);
      expect(await due()).to.deep.equal([event.id]);
      const { claimId, ...claimed } = await claimOne(event);
      expect(claimed).to.deep.equal({ event, subscriber: ada, attempts: 1 });
      expect(claimId).to.match(/^[0-9a-f-]{36}$/);
    });

    it('An outbox repository keeps nothing of a transaction that is rolled back', async () => {
      const attempt = within(async (outbox) => {
        await outbox.add([anEvent()]);
        throw new Error('no');
      });
      expect(await rejectionOf(attempt)).to.equal('no');
      expect(await outside().hasUndispatched()).to.equal(false);
    });

    it('An outbox repository refuses an event outside a transaction', async () => {
      const outbox = outside() as OutboxRepository;
      expect(await rejectionOf(outbox.add([anEvent()]))).to.include('outside');
      expect(await outbox.hasUndispatched()).to.equal(false);
    });

    it('An outbox repository refuses a second event with the number of an earlier one', async () => {
      const event = anEvent();
      await add(event);
      await rejectionOf(add({ ...event, id: newId<EventId>() }));
      await add(
        { ...event, id: newId<EventId>(), sequence: 1 },
        { ...event, id: newId<EventId>(), version: 2 },
        { ...event, id: newId<EventId>(), type: 'stock.depleted' }, // another aggregate of the same id
      );
    });

    it('An outbox repository dispatches no event of an aggregate before an earlier one, however few at a time', async () => {
      const [one, two] = [aHistory(3), aHistory(3)];
      // The last first, so that their order in the table says nothing.
      await add(...one.toReversed(), ...two.toReversed());
      const order: string[] = [];
      for (let batch = await dispatch(2); batch.length > 0; batch = await dispatch(2)) order.push(...batch);
      for (const history of [one, two]) {
        const ids = history.map(({ id }): string => id);
        expect(order.filter((id) => ids.includes(id))).to.deep.equal(ids);
      }
    });

    it('An outbox repository has nothing for a subscriber of what was dispatched before it subscribed', async () => {
      await send(anEvent());
      await subscribe(bob);
      expect(await due(bob)).to.deep.equal([]);
      const later = anEvent();
      await send(later);
      expect(await due(bob)).to.deep.equal([later.id]);
    });

    it('An outbox repository takes the types of the last subscription, and offers none that the relay does not know', async () => {
      await subscribe(bob, ['stock.depleted']);
      await subscribe(bob, ['order.placed', 'stock.depleted']);
      await Promise.all([subscribe(bob, ['order.placed']), subscribe(bob, ['order.placed'])]);
      const [order, stock] = [anEvent(), anEvent({ type: 'stock.depleted', data: {} })];
      await send(order, stock);
      expect(await due(bob)).to.deep.equal([order.id]);
      expect(await due(bob, ['stock.depleted'])).to.deep.equal([]);
    });

    describe('whose subscriber chooses its types', () => {
      const choose = (version: number, types: readonly EventType[], subscriber = bob) =>
        within((outbox) => outbox.choose(subscriber, { version, types }));
      const storedTypes = async (subscriber = bob) =>
        (await outside().backlogs()).find((each) => each.subscriber === subscriber)?.types;
      const [placed, depleted, updated] = ['order.placed', 'stock.depleted', 'product.updated'] as const;

      it('An outbox repository whose subscriber chooses its types replaces those of an earlier version, in whatever order they arrive', async () => {
        await subscribe(bob);
        expect(await choose(2, [placed])).to.deep.equal({ version: 2, types: [placed] });
        expect(await choose(1, [depleted]), 'the earlier one').to.deep.equal({ version: 2, types: [placed] });
        expect(await storedTypes()).to.deep.equal([placed]);
        expect(await choose(4, [updated])).to.deep.equal({ version: 4, types: [updated] });
        const stock = anEvent({ type: depleted, data: {} });
        await send(anEvent(), stock);
        expect(await due(bob)).to.deep.equal([]);
      });

      it('An outbox repository whose subscriber chooses its types adds those of the same version', async () => {
        await choose(3, [placed]);
        const both = { version: 3, types: [placed, depleted] };
        for (let again = 0; again < 2; again += 1) expect(await choose(3, [depleted])).to.deep.equal(both);
        expect(await storedTypes()).to.deep.equal([placed, depleted]);
        const [order, stock] = [anEvent(), anEvent({ type: depleted, data: {} })];
        await send(order, stock);
        expect(await due(bob)).to.have.members([order.id, stock.id]);
      });

      it('An outbox repository whose subscriber chooses its types knows the version after a relay has stored all types again', async () => {
        await choose(5, [placed]);
        await subscribe(bob, [placed, depleted]);
        expect(await storedTypes()).to.deep.equal([placed, depleted]);
        expect(await choose(4, [])).to.deep.equal({ version: 5, types: [placed, depleted] });
        expect(await choose(6, [placed])).to.deep.equal({ version: 6, types: [placed] });
      });

      it('An outbox repository whose subscriber chooses its types delivers an event with its own version', async () => {
        await choose(9, EVENT_TYPES);
        const history = aHistory(2);
        await send(...history);
        expect((await claimOne(at(history, 0), bob)).event).to.deep.equal(at(history, 0));
      });
    });

    it('An outbox repository counts what waits for each subscriber, until the subscriber is removed with it', async () => {
      await subscribe(bob);
      const events = [anEvent(), anEvent(), anEvent()] as const;
      await send(...events);
      await deliver(events[0]);
      await deadLetter(events[1]);
      const counts = async () =>
        Object.fromEntries(
          (await outside().backlogs()).map(({ subscriber, waiting }) => [subscriber, waiting]),
        );
      expect(await counts()).to.include({ [ada]: 2, [bob]: 3 });
      expect(await within((outbox) => outbox.unsubscribe(bob))).to.equal(1);
      expect(await within((outbox) => outbox.unsubscribe(bob))).to.equal(0);
      expect(await counts())
        .to.include({ [ada]: 2 })
        .and.not.to.have.property(bob);
      await send(anEvent());
      expect(await due(bob)).to.deep.equal([]);
    });

    it('An outbox repository offers only the first event of an aggregate, by version and then sequence', async () => {
      const [first, second, third] = aHistory(3) as [OutboxEvent, OutboxEvent, OutboxEvent];
      const beside = { ...first, id: newId<EventId>(), sequence: 1 };
      await send(third, beside, second, first);
      for (const event of [first, beside, second, third]) {
        expect(await due()).to.deep.equal([event.id]);
        const claimed = await claimOne(event);
        expect(await due(), 'while it is leased').to.deep.equal([]);
        expect(await settle(claimed, { is: 'delivered' })).to.equal(1);
      }
      expect(await due()).to.deep.equal([]);
    });

    it('An outbox repository offers the first event of each of several aggregates, the longest-waiting first', async () => {
      const histories = [aHistory(2), aHistory(2), aHistory(2)];
      for (const history of histories) await send(...history);
      const firsts = histories.map(([first]) => first?.id);
      expect(await due()).to.deep.equal(firsts);
      const [event] = histories[0] as [OutboxEvent];
      await settle(await claimOne(event), { is: 'failed', retryInMs: 10 });
      const again = await eventually(async () => {
        const ids = await due();
        return ids.length === 3 && ids;
      }, 'the pause to end');
      expect(again).to.deep.equal([...firsts.slice(1), firsts[0]]);
      expect(await due(ada, EVENT_TYPES, 2)).to.have.length(2);
    });

    it('An outbox repository offers a delivery again when its lease has expired, and then only the new holder settles it', async () => {
      const event = anEvent();
      await send(event);
      const first = await claimOne(event, ada, 20);
      await eventually(async () => (await due()).length === 1, 'the lease to expire');
      const second = await claimOne(event);
      expect(second.attempts).to.equal(2);
      for (const is of ['delivered', 'dead_lettered'] as const)
        expect(await settle(first, { is })).to.equal(0);
      expect(await settle(second, { is: 'delivered' })).to.equal(1);
      expect(await settle(second, { is: 'failed', retryInMs: 0 })).to.equal(0);
      expect(await due()).to.deep.equal([]);
    });

    it('An outbox repository offers a delivery that failed again, but not before its time, and never a later one instead', async () => {
      const history = aHistory(2);
      const [event] = history as [OutboxEvent];
      await send(...history);
      await settle(await claimOne(event), { is: 'failed', retryInMs: MINUTE });
      expect(await due()).to.deep.equal([]);
      expect(await claim([event.id])).to.deep.equal([]);

      const other = anEvent();
      await send(other);
      await settle(await claimOne(other), { is: 'failed', retryInMs: 20 });
      await eventually(async () => (await due()).length === 1, 'the pause to end');
      expect((await claimOne(other)).attempts).to.equal(2);
    });

    it('An outbox repository keeps what one subscriber leases, fails and dead-letters from every other', async () => {
      await subscribe(bob);
      const [leased, failed, dead] = [aHistory(2), aHistory(2), aHistory(2)];
      await send(...leased, ...failed, ...dead);
      await claimOne(at(leased, 0));
      await settle(await claimOne(at(failed, 0)), { is: 'failed', retryInMs: MINUTE });
      await deadLetter(at(dead, 0));
      expect(await due()).to.deep.equal([]);
      for (const index of [0, 1]) {
        const events = [leased, failed, dead].map((history) => at(history, index));
        expect(await due(bob)).to.have.members(events.map(({ id }) => id));
        for (const event of events) {
          const claimed = await claimOne(event, bob);
          expect(claimed.attempts).to.equal(1);
          expect(await settle(claimed, { is: 'delivered' })).to.equal(1);
        }
      }
      expect(await due(bob)).to.deep.equal([]);
      expect(await due()).to.deep.equal([]);
    });

    it('An outbox repository holds back a dead-lettered delivery with those that follow it, until it is requeued', async () => {
      const history = aHistory(2);
      const [event] = history as [OutboxEvent];
      await send(...history);
      await deadLetter(event);
      expect(await due()).to.deep.equal([]);
      expect(await claim([event.id])).to.deep.equal([]);
      const filter = { event: event.id, subscriber: ada };
      expect(await outside().deadLettered(filter, 10)).to.deep.equal([
        { event, subscriber: ada, attempts: 1 },
      ]);

      const requeue = () => within((outbox) => outbox.requeue(filter, 10));
      expect(idsOf(await requeue())).to.deep.equal([[event.id, ada]]);
      expect(await requeue()).to.deep.equal([]);
      expect(await outside().deadLettered(filter, 10)).to.deep.equal([]);
      expect(await due()).to.deep.equal([event.id]);
      expect((await claimOne(event)).attempts).to.equal(1);
    });

    it('An outbox repository lists and requeues dead-lettered deliveries by event, by subscriber and a few at a time', async () => {
      await subscribe(bob);
      const [one, two] = [anEvent(), anEvent()];
      await send(one, two);
      for (const subscriber of [ada, bob])
        for (const event of [one, two]) await deadLetter(event, subscriber);
      const listed = async (filter: Parameters<OutboxRepository['deadLettered']>[0], limit = 10) =>
        idsOf(await outside().deadLettered(filter, limit));
      const all = [ada, bob].flatMap((subscriber) => [one, two].map(({ id }) => [id, subscriber]));
      expect(await listed({})).to.deep.equal(all);
      expect(await listed({ subscriber: bob })).to.deep.equal(all.slice(2));
      expect(await listed({ event: one.id })).to.deep.equal([all[0], all[2]]);
      expect(await listed({}, 3)).to.deep.equal(all.slice(0, 3));
      const requeue = async (filter: Parameters<OutboxRepository['requeue']>[0], limit: number) =>
        idsOf(await within((outbox) => outbox.requeue(filter, limit)));
      expect(await requeue({ subscriber: bob }, 1)).to.deep.equal([all[2]]);
      expect(await requeue({}, 10)).to.deep.equal([all[0], all[1], all[3]]);
      expect(await listed({})).to.deep.equal([]);
    });

    it('An outbox repository requeues nothing that is not dead-lettered', async () => {
      const [fresh, leased] = [anEvent(), anEvent()];
      await send(fresh, leased);
      await claimOne(leased);
      for (const { id } of [fresh, leased, anEvent()])
        expect(await within((outbox) => outbox.requeue({ event: id }, 10))).to.deep.equal([]);
      expect(await due()).to.deep.equal([fresh.id]);
    });

    it('An outbox repository purges in batches the events that were stored long enough and wait for no subscriber', async () => {
      await within((outbox) => outbox.purge(0, 1000));
      const events = Array.from({ length: 6 }, () => anEvent());
      const [waiting, dead, ...over] = events as [OutboxEvent, OutboxEvent];
      await send(...events);
      await deadLetter(dead);
      for (const event of over) await deliver(event);
      const fresh = anEvent();
      await add(fresh);
      const purge = (keptForMs: number, limit: number) => within((outbox) => outbox.purge(keptForMs, limit));
      expect(await purge(MINUTE, 3)).to.equal(0);
      expect([await purge(0, 3), await purge(0, 3), await purge(0, 3)]).to.deep.equal([3, 1, 0]);
      expect(await due()).to.deep.equal([waiting.id]);
      expect(idsOf(await outside().deadLettered({}, 10))).to.deep.equal([[dead.id, ada]]);
      expect(await dispatch()).to.deep.equal([fresh.id]);
      // What is still there cannot be added again, what was purged can.
      await rejectionOf(add({ ...waiting, id: newId<EventId>() }));
      await add(...over);
    });
  });

  describe(`OutboxRepository on ${name}, in the hands of several relays`, () => {
    const subject = openedSubject(open, 5);
    const within = <T>(work: (outbox: OutboxRepository) => Promise<T>): Promise<T> =>
      subject().transact(({ outbox }) => work(outbox));
    const relays = <T>(work: () => Promise<T>): Promise<readonly T[]> =>
      Promise.all(Array.from({ length: 5 }, work));
    const ada = `ada.${newId()}`;
    const subscription = { subscriber: ada, types: EVENT_TYPES };
    const subscribe = () => within((outbox) => outbox.subscribe(subscription));
    const send = async (): Promise<readonly EventId[]> => {
      const events = Array.from({ length: 8 }, () => anEvent());
      await within((outbox) => outbox.add(events));
      return events.map(({ id }) => id);
    };
    const dispatch = async (limit: number): Promise<readonly EventId[]> =>
      (await within((outbox) => outbox.dispatch(limit))).map(({ id }) => id);

    it('An outbox repository of several relays stores a new subscription once', async () => {
      await relays(subscribe);
      expect(await subject().outside.outbox.backlogs()).to.deep.equal([
        { subscriber: ada, types: EVENT_TYPES.toSorted(), waiting: 0 },
      ]);
    });

    it('An outbox repository of several relays keeps the latest of the choices that arrive at once, and all of one version', async () => {
      const chooser = `bob.${newId()}`;
      const types = EVENT_TYPES.slice(0, 6);
      const stored = () => within((outbox) => outbox.choose(chooser, { version: 0, types: [] }));
      for (let round = 0; round < 5; round += 1) {
        const choices = types.map((type, index) => ({
          version: 2 * round + (index < 3 ? 1 : 2),
          types: [type],
        }));
        await Promise.all(choices.map((chosen) => within((outbox) => outbox.choose(chooser, chosen))));
        expect(await stored()).to.deep.equal({ version: 2 * round + 2, types: types.slice(3) });
      }
    });

    it('An outbox repository of several relays dispatches each event once', async () => {
      await subscribe();
      const ids = await send();
      const dispatched = (await relays(() => dispatch(4))).flat();
      expect([...dispatched, ...(await dispatch(100))].sort()).to.deep.equal(ids);
      expect(await subject().outside.outbox.due(subscription, 100)).to.have.members(ids);
    });

    it('An outbox repository of several relays leases each delivery to one of them', async () => {
      await subscribe();
      const ids = await send();
      await dispatch(100);
      const claim = () => within((outbox) => outbox.claim(ada, ids, { claimId: newId(), leaseMs: MINUTE }));
      const claimed = (await relays(claim)).flat();
      expect(claimed.map(({ event }) => event.id).sort()).to.deep.equal(ids);
      expect(await claim()).to.deep.equal([]);
    });
  });
};
