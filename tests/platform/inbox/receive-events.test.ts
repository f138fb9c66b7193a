import { expect } from 'chai';
import { pino } from 'pino';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { RECEIVED_WITHIN_MS } from '#src/platform/inbox/inbox.js';
import { receiveEvents } from '#src/platform/inbox/receive-events.js';
import type { Receiver } from '#src/platform/inbox/receiver.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { aHistory, anEvent } from '../../support/builders/outbox.js';
import { openedSubject, refusalOf, rejectionOf } from '../../support/contract-tools.js';
import { forEachPersistence } from '../../support/persistences.js';

type Ports = Pick<Repositories, 'inbox' | 'rateCounts'>;

const AT = new Date('2026-05-02T12:00:00.000Z');
const LATER = new Date('2030-01-01T00:00:00.000Z');

forEachPersistence((name, open) => {
  describe(`Received events on ${name}`, () => {
    const subject = openedSubject(open, 10);

    /** Counts in the transaction how often it has handled an event. */
    const counting = (receiver: string, types: Receiver<Ports>['types']): Receiver<Ports> => ({
      name: receiver,
      types,
      handle: async ({ id }, { rateCounts }) => {
        await rateCounts.add(`${receiver} ${id}`, 1, AT, LATER);
      },
    });
    const handled = async (receiver: string, { id }: OutboxEvent) =>
      (await subject().outside.rateCounts.find(`${receiver} ${id}`, AT))?.points ?? 0;

    const receiving = (
      receivers: readonly Receiver<Ports>[],
      log: (line: unknown) => void = () => undefined,
    ) =>
      receiveEvents<Ports>({
        transact: subject().transact,
        receivers,
        now: () => AT,
        logger: pino(
          {},
          {
            write: (line) => {
              log(JSON.parse(line));
            },
          },
        ),
      });

    it('An event of another process is handled once by every receiver of its type, and by no other', async () => {
      const lines: unknown[] = [];
      const receive = receiving(
        [
          counting('one', ['order.placed']),
          counting('two', ['order.cancelled', 'order.placed']),
          counting('three', ['order.cancelled']),
        ],
        (line) => lines.push(line),
      );
      const event = anEvent();
      await receive([event]);
      await receive([event, event]);
      const counts = await Promise.all(['one', 'two', 'three'].map((each) => handled(each, event)));
      expect(counts).to.deep.equal([1, 1, 0]);
      const logged = lines as readonly { readonly msg: string; readonly receivers: readonly string[] }[];
      expect(logged.map(({ msg }) => msg)).to.deep.equal([
        'event received',
        'event was received before',
        'event was received before',
      ]);
      expect(logged[0]?.receivers).to.deep.equal(['one', 'two']);
    });

    it('An event of another process is handled once when copies of it arrive at once', async () => {
      const receive = receiving([counting('one', ['order.placed'])]);
      const event = anEvent();
      await Promise.all(Array.from({ length: 6 }, () => receive([event])));
      expect(await handled('one', event)).to.equal(1);
    });

    it('An event of another process that a receiver fails to handle has no effect, and is handled when it comes again', async () => {
      const event = anEvent();
      let attempts = 0;
      const failing: Receiver<Ports> = {
        name: 'failing',
        types: ['order.placed'],
        handle: () => {
          attempts += 1;
          return attempts === 1 ? Promise.reject(new Error('not now')) : Promise.resolve();
        },
      };
      const receive = receiving([counting('one', ['order.placed']), failing]);
      expect(await rejectionOf(receive([event]))).to.equal('not now');
      expect(await handled('one', event)).to.equal(0);
      await receive([event]);
      expect([await handled('one', event), attempts]).to.deep.equal([1, 2]);
    });

    it('The events of an aggregate are handled in their order, and none after one that fails', async () => {
      const [first, second, third] = aHistory(3) as [OutboxEvent, OutboxEvent, OutboxEvent];
      const seen: number[] = [];
      let isAway = true;
      const receive = receiving([
        {
          name: 'ordered',
          types: ['order.placed'],
          handle: ({ version }) => {
            if (version === 2 && isAway) return Promise.reject(new Error('not now'));
            seen.push(version);
            return Promise.resolve();
          },
        },
      ]);
      expect(await rejectionOf(receive([third, first, second]))).to.equal('not now');
      expect(seen).to.deep.equal([1]);
      isAway = false;
      await receive([third, second, first]);
      expect(seen).to.deep.equal([1, 2, 3]);
    });

    it('An event of another process is refused when nobody receives its type, so that its sender learns of it', async () => {
      const receive = receiving([counting('one', ['order.cancelled'])]);
      const event = anEvent();
      expect(await refusalOf(receive([event]))).to.equal('event_type_unknown');
      const later = receiving([counting('one', ['order.placed'])]);
      await later([event]);
      expect(await handled('one', event)).to.equal(1);
    });

    it('An event of another process is refused when it is older than ids of received events are stored, unless its id is there', async () => {
      const receive = receiving([counting('one', ['order.placed'])]);
      const occurredAt = new Date(AT.getTime() - RECEIVED_WITHIN_MS);
      const [young, old, known] = [
        anEvent({ occurredAt }),
        anEvent({ occurredAt: new Date(occurredAt.getTime() - 1) }),
        anEvent({ occurredAt: new Date(occurredAt.getTime() - 1) }),
      ];
      await subject().transact(({ inbox }) => inbox.receive(known.id, AT));
      await receive([young]);
      await receive([known]);
      expect(await refusalOf(receive([old]))).to.equal('event_too_old');
      expect(await Promise.all([young, old, known].map((event) => handled('one', event)))).to.deep.equal([
        1, 0, 0,
      ]);
    });
  });
});
