import { expect } from 'chai';
import type {
  ClaimedEvent,
  OutboxEvent,
  Outcome,
  OutboxRepository,
  TriedEvent,
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
    const add = (...events: readonly OutboxEvent[]) => subject().transact(({ outbox }) => outbox.add(events));
    const claim = (ids: readonly string[], leaseMs = MINUTE) =>
      subject().transact(({ outbox }) => outbox.claim(ids, { claimId: newId(), leaseMs }));
    const settle = (event: ClaimedEvent, outcome: Outcome) =>
      subject().transact(({ outbox }) => outbox.settle([{ event, outcome }]));
    const purge = (limit: number) => subject().transact(({ outbox }) => outbox.purge(limit));
    /** The tests of one store share it: what is due of others is of no concern. */
    const due = async (events: readonly OutboxEvent[]): Promise<readonly string[]> => {
      const mine = new Set<string>(events.map(({ id }) => id));
      return (await subject().outside.outbox.due(1000)).filter((id) => mine.has(id));
    };
    const claimOne = async ({ id }: OutboxEvent, leaseMs = MINUTE): Promise<ClaimedEvent> =>
      (await claim([id], leaseMs))[0] ?? expect.fail('it was not to be claimed');
    const delivered = { is: 'delivered', keepMs: MINUTE } as const;
    const parkedOf = async ({ id }: OutboxEvent): Promise<TriedEvent | undefined> =>
      (await subject().outside.outbox.parked(1000)).find((event) => event.id === id);

    it('gives what was added to whoever claims it, as it was', async () => {
      const event = anEvent();
      await add(event);
      expect(await due([event])).to.deep.equal([event.id]);
      const { claimId, ...claimed } = await claimOne(event);
      expect(claimed).to.deep.equal({ ...event, tries: 1 });
      expect(claimId).to.match(/^[0-9a-f-]{36}$/);
    });

    it('keeps nothing of a transaction that is rolled back', async () => {
      const event = anEvent();
      const attempt = subject().transact(async ({ outbox }) => {
        await outbox.add([event]);
        throw new Error('no');
      });
      expect(await rejectionOf(attempt)).to.equal('no');
      expect(await due([event])).to.deep.equal([]);
    });

    it('refuses an event outside a transaction', async () => {
      const event = anEvent();
      const outbox = subject().outside.outbox as OutboxRepository;
      expect(await rejectionOf(outbox.add([event]))).to.include('outside');
      expect(await due([event])).to.deep.equal([]);
    });

    it('refuses a second event with the number of an earlier one', async () => {
      const event = anEvent();
      await add(event);
      await rejectionOf(add({ ...event, id: newId<OutboxEvent['id']>() }));
      await add(
        { ...event, id: newId<OutboxEvent['id']>(), sequence: 1 },
        { ...event, id: newId<OutboxEvent['id']>(), version: 2 },
        { ...event, id: newId<OutboxEvent['id']>(), type: 'stock.depleted' }, // another aggregate of the same id
      );
    });

    it('offers only the first event of an aggregate, by version and then sequence', async () => {
      const [first, second, third] = aHistory(3) as [OutboxEvent, OutboxEvent, OutboxEvent];
      const beside = { ...first, id: newId<OutboxEvent['id']>(), sequence: 1 };
      await add(third, beside, second, first);
      const all = [first, beside, second, third];
      for (const event of all) {
        expect(await due(all)).to.deep.equal([event.id]);
        const claimed = await claimOne(event);
        expect(await due(all), 'while it is leased').to.deep.equal([]);
        expect(await settle(claimed, delivered)).to.equal(1);
      }
      expect(await due(all)).to.deep.equal([]);
    });

    it('offers the first event of each of several aggregates, the longest-waiting first', async () => {
      const histories = [aHistory(2), aHistory(2), aHistory(2)];
      for (const history of histories) await add(...history);
      const firsts = histories.map(([first]) => first?.id);
      expect(await due(histories.flat())).to.deep.equal(firsts);
      const [event] = histories[0] ?? [];
      if (event !== undefined) await settle(await claimOne(event), { is: 'failed', retryInMs: 10 });
      const again = await eventually(async () => {
        const ids = await due(histories.flat());
        return ids.length === 3 && ids;
      }, 'the pause to end');
      expect(again).to.deep.equal([...firsts.slice(1), firsts[0]]);
      expect(await subject().outside.outbox.due(2)).to.have.length(2);
    });

    it('leases an event to one of several who claim it at once', async () => {
      const events = Array.from({ length: 5 }, () => anEvent());
      await add(...events);
      const ids = events.map(({ id }) => id);
      const claims = await Promise.all(Array.from({ length: 8 }, () => claim(ids)));
      expect(
        claims
          .flat()
          .map(({ id }) => id)
          .sort(),
      ).to.deep.equal(ids);
      expect(await claim(ids)).to.deep.equal([]);
    });

    it('offers an event again when its lease has run out, and then only the new holder settles it', async () => {
      const event = anEvent();
      await add(event);
      const first = await claimOne(event, 20);
      await eventually(async () => (await due([event])).length === 1, 'the lease to run out');
      const second = await claimOne(event);
      expect(second.tries).to.equal(2);
      expect(await settle(first, delivered)).to.equal(0);
      expect(await settle(second, delivered)).to.equal(1);
      expect(await settle(second, { is: 'failed', retryInMs: 0 })).to.equal(0);
      expect(await due([event])).to.deep.equal([]);
    });

    it('offers an event that failed again, but not before its time, and never a later one instead', async () => {
      const history = aHistory(2);
      const [event] = history as [OutboxEvent];
      await add(...history);
      await settle(await claimOne(event), { is: 'failed', retryInMs: MINUTE });
      expect(await due(history)).to.deep.equal([]);
      expect(await claim([event.id])).to.deep.equal([]);

      const [other] = aHistory(1) as [OutboxEvent];
      await add(other);
      await settle(await claimOne(other), { is: 'failed', retryInMs: 20 });
      await eventually(async () => (await due([other])).length === 1, 'the pause to end');
      expect((await claimOne(other)).tries).to.equal(2);
    });

    it('sets a parked event aside with those that follow it, until it is requeued', async () => {
      const history = aHistory(2);
      const [event] = history as [OutboxEvent];
      await add(...history);
      await settle(await claimOne(event), { is: 'parked' });
      expect(await due(history)).to.deep.equal([]);
      expect(await claim([event.id])).to.deep.equal([]);
      expect(await parkedOf(event)).to.deep.equal({ ...event, tries: 1 });

      const requeue = () => subject().transact(({ outbox }) => outbox.requeue(event.id));
      expect(await requeue()).to.equal(1);
      expect(await requeue()).to.equal(0);
      expect(await parkedOf(event)).to.equal(undefined);
      expect(await due(history)).to.deep.equal([event.id]);
      expect((await claimOne(event)).tries).to.equal(1);
    });

    it('requeues nothing that is not parked', async () => {
      const [fresh, leased] = [anEvent(), anEvent()];
      await add(fresh, leased);
      await claimOne(leased);
      for (const { id } of [fresh, leased, anEvent()])
        expect(await subject().transact(({ outbox }) => outbox.requeue(id))).to.equal(0);
      expect(await due([fresh, leased])).to.deep.equal([fresh.id]);
    });

    it('purges in batches what was delivered and kept long enough, and nothing else', async () => {
      const events = Array.from({ length: 7 }, () => anEvent());
      const [waiting, parked, kept, ...over] = events as [OutboxEvent, OutboxEvent, OutboxEvent];
      await add(...events);
      await settle(await claimOne(parked), { is: 'parked' });
      await settle(await claimOne(kept), delivered);
      for (const event of over) await settle(await claimOne(event), { is: 'delivered', keepMs: 0 });
      const batches = [await purge(3), await purge(3), await purge(3)];
      expect(batches).to.deep.equal([3, 1, 0]);
      expect(await due([waiting])).to.deep.equal([waiting.id]);
      expect(await parkedOf(parked)).not.to.equal(undefined);
      // What is still there can not be added again, what was purged can.
      await rejectionOf(add({ ...kept, id: newId<OutboxEvent['id']>() }));
      await add(...over);
    });
  });
};
