import type { Logger } from 'pino';
import type { Now } from '#src/kernel/clock.js';
import { errorCatalogue } from '#src/kernel/errors.js';
import type { Transact } from '#src/kernel/transact.js';
import type { OutboxEvent } from '../outbox/outbox.js';
import { RECEIVED_WITHIN_MS, type WithInbox } from './inbox.js';
import type { Receiver } from './receiver.js';

/** Refusals that the sender logs; an event that is refused again and again is dead-lettered there, so that none is lost unseen. */
export const failInbox = errorCatalogue({
  event_type_unknown: ['invalid', 'This process receives no events of this type.'],
  event_too_old: ['invalid', 'The event is so old that it is unknown whether it was received before.'],
});

/**
 * Receives events of other processes, those of an aggregate in their order. It stops at the first one that fails: those before it
 * are received, and recognised when they come again.
 */
export type ReceiveEvents = (events: readonly OutboxEvent[]) => Promise<void>;

export interface ReceivingDeps<Ports extends WithInbox> {
  readonly transact: Transact<Ports>;
  readonly receivers: readonly Receiver<Ports>[];
  readonly now: Now;
  readonly logger: Logger;
}

const byNumber = (a: OutboxEvent, b: OutboxEvent): number => a.version - b.version || a.sequence - b.sequence;

/** Returns a function that gives each event to the receivers of its type, in one transaction, unless it was received before. */
export const receiveEvents = <Ports extends WithInbox>({
  transact,
  receivers,
  now,
  logger,
}: ReceivingDeps<Ports>): ReceiveEvents => {
  const receive = async (event: OutboxEvent): Promise<void> => {
    const { id, type, aggregateId, version } = event;
    const receiving = receivers.filter(({ types }) => types.includes(type));
    if (receiving.length === 0) throw failInbox('event_type_unknown', { type });
    const at = now();
    const isTooOld = event.occurredAt.getTime() < at.getTime() - RECEIVED_WITHIN_MS;
    const isNew = await transact(async (ports) => {
      if (!(await ports.inbox.receive(id, at))) return false;
      if (isTooOld) throw failInbox('event_too_old', { id });
      for (const receiver of receiving) await receiver.handle(event, ports);
      return true;
    });
    logger.info(
      { receivers: receiving.map(({ name }) => name), event: { id, type, aggregateId, version } },
      isNew ? 'event received' : 'event was received before',
    );
  };
  return async (events) => {
    for (const event of events.toSorted(byNumber)) await receive(event);
  };
};
