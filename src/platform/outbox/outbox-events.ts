import type { DomainEvent, EventId, Events } from '#src/kernel/events.js';
import { aggregateOf, type OutboxEvent, type OutboxRepository } from './outbox.js';

const tellSameChange = (a: DomainEvent, b: DomainEvent): boolean =>
  aggregateOf(a) === aggregateOf(b) && a.aggregateId === b.aggregateId && a.version === b.version;

/** Stores events in the outbox, in the transaction that the outbox is bound to. */
export const outboxEvents = ({
  outbox,
  newEventId,
}: {
  outbox: Pick<OutboxRepository, 'add'>;
  newEventId: () => EventId;
}): Events => ({
  append: async (...events) => {
    if (events.length === 0) return;
    await outbox.add(
      events.map((event, index): OutboxEvent => ({
        ...event,
        id: newEventId(),
        sequence: events.slice(0, index).filter((earlier) => tellSameChange(earlier, event)).length,
      })),
    );
  },
});
