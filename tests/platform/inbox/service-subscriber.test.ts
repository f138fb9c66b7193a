import { expect } from 'chai';
import { pino } from 'pino';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { receiveEvents } from '#src/platform/inbox/receive-events.js';
import type { Receiver } from '#src/platform/inbox/receiver.js';
import { serviceSubscriber, type ServiceSubscriberOptions } from '#src/platform/inbox/service-subscriber.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { outboxRelay, type Relay, type RelayOptions } from '#src/platform/outbox/relay.js';
import { newId } from '../../support/builders/ids.js';
import { aHistory, anEvent } from '../../support/builders/outbox.js';
import { openedSubject } from '../../support/contract-tools.js';
import { eventually } from '../../support/eventually.js';
import { forEachPersistence } from '../../support/persistences.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';

const SILENT = pino({ level: 'silent' });
const QUICK: RelayOptions = { pollMs: 10, firstPauseMs: 5, longestPauseMs: 20, deliverWithinMs: 2_000 };

forEachPersistence((name, open) => {
  describe(`Deliveries to another service on ${name}`, () => {
    const sender = openedSubject(open, 10);
    let relay: Relay | undefined;
    afterEach(() => relay?.stop());

    const start = (
      send: ServiceSubscriberOptions['send'],
      options: RelayOptions = {},
      types: ServiceSubscriberOptions['types'] = ['order.placed'],
    ): void => {
      const { transact, outside } = sender();
      relay = outboxRelay(
        {
          ...{ outbox: outside.outbox, transact, newClaimId: newId<never>, logger: SILENT },
          subscribers: [serviceSubscriber({ service: 'customer', types, send })],
        },
        { ...QUICK, ...options },
      );
      relay.start();
    };
    const add = (...events: readonly OutboxEvent[]) => sender().transact(({ outbox }) => outbox.add(events));
    const settled = () =>
      eventually(async () => {
        const { outbox } = sender().outside;
        // Asked first: deliveries may be made between the two.
        if (await outbox.hasUndispatched()) return false;
        const backlogs = await outbox.backlogs();
        return backlogs.find(({ subscriber }) => subscriber === 'service-customer')?.waiting === 0;
      }, 'all deliveries');

    /** Another service, on a store of its own: notes the versions that it has handled. */
    const aReceiver = () => {
      const handled: number[] = [];
      const noting: Receiver<Repositories> = {
        name: 'noting',
        types: ['order.placed'],
        handle: ({ version }) => {
          handled.push(version);
          return Promise.resolve();
        },
      };
      const { transact } = memoryPersistence();
      const now = () => new Date('2026-05-02T12:00:00Z');
      const receive = receiveEvents({ transact, receivers: [noting], now, logger: SILENT });
      return { handled, receive };
    };

    it('A delivery to another service is made again when it fails, and the events of an aggregate come in their order', async () => {
      const { handled, receive } = aReceiver();
      let calls = 0;
      start(async (event) => {
        calls += 1;
        if (calls % 2 === 1) throw new Error('the service is away');
        await receive([event]);
      });
      await add(...aHistory(4).toReversed());
      await settled();
      expect(handled).to.deep.equal([1, 2, 3, 4]);
      expect(calls).to.equal(8);
    });

    it('A delivery to another service whose answer is lost is made again, and handled once', async () => {
      const { handled, receive } = aReceiver();
      let calls = 0;
      start(async (event) => {
        calls += 1;
        await receive([event]);
        if (calls < 3) throw new Error('the connection broke');
      });
      await add(...aHistory(2));
      await settled();
      expect([handled, calls]).to.deep.equal([[1, 2], 4]);
    });

    it('A delivery to another service that answers late is aborted and made again, and handled once though both arrive', async () => {
      const { handled, receive } = aReceiver();
      const aborted: boolean[] = [];
      const late: Promise<void>[] = [];
      start(
        async (event, signal) => {
          if (aborted.length > 0) return receive([event]);
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              aborted.push(true);
              resolve();
            });
          });
          late.push(receive([event]));
          return late[0];
        },
        { deliverWithinMs: 50 },
      );
      await add(...aHistory(2));
      await settled();
      await Promise.all(late);
      expect(aborted).to.deep.equal([true]);
      expect(late).to.have.length(1);
      expect(handled).to.deep.equal([1, 2]);
    });

    it('A delivery to another service that always fails is dead-lettered, and handled once when it is requeued though its answers were lost', async () => {
      const { handled, receive } = aReceiver();
      let isLosing = true;
      start(
        async (event) => {
          await receive([event]);
          if (isLosing) throw new Error('the connection broke');
        },
        { maxAttempts: 2 },
      );
      await add(...aHistory(2));
      const filter = { subscriber: 'service-customer' };
      await eventually(
        async () => (await sender().outside.outbox.deadLettered(filter, 10)).length === 1,
        'the dead letter',
      );
      expect(handled).to.deep.equal([1]);
      isLosing = false;
      await sender().transact(({ outbox }) => outbox.requeue(filter, 10));
      await settled();
      expect(handled).to.deep.equal([1, 2]);
    });

    it('A service is sent events of the types that it receives, and no others', async () => {
      const sent: string[] = [];
      start(({ type }) => {
        sent.push(type);
        return Promise.resolve();
      });
      await add(anEvent({ type: 'order.shipped' }), anEvent());
      await settled();
      expect(sent).to.deep.equal(['order.placed']);
    });
  });
});
