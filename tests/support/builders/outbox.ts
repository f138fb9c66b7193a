import type { Brand } from '#src/kernel/brand.js';
import type { DomainEvent } from '#src/kernel/events.js';
import { EVENT_TYPES } from '#src/main/events.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { newId } from './ids.js';

export const anEvent = (given: Partial<OutboxEvent> = {}): OutboxEvent => ({
  id: newId<OutboxEvent['id']>(),
  type: 'order.placed',
  aggregateId: newId<Brand<string, string>>(),
  version: 1,
  sequence: 0,
  occurredAt: new Date('2026-05-01T12:00:00.123Z'),
  data: { customerId: newId() },
  ...given,
});

/** The events that take one aggregate from version 1 to `versions`. */
export const aHistory = (versions: number, given: Partial<OutboxEvent> = {}): readonly OutboxEvent[] => {
  const aggregateId = newId<Brand<string, string>>();
  return Array.from({ length: versions }, (_, index) =>
    anEvent({ aggregateId, ...given, version: index + 1 }),
  );
};

/** A subscriber to the events of all types, unless `given` names some. */
export const aSubscriber = <Event extends DomainEvent = DomainEvent>(
  handle: Subscriber<Event>['handle'],
  given: Partial<Omit<Subscriber<Event>, 'handle'>> = {},
): Subscriber<Event> => ({ name: 'test.subscriber', types: EVENT_TYPES, ...given, handle });
