import type { Brand } from '#src/kernel/brand.js';
import type { EventData, EventId } from '#src/kernel/events.js';
import type { Calls } from '../context-module.js';
import type { Route } from '../http/routes/route.js';
import { operationRoute, type Operation } from '../http/services/operation.js';
import type { OutboxEvent } from '../outbox/outbox.js';
import { anyObject, instant, integer, object, uuid } from '../schema/schema.js';
import { eventType } from './event-type.js';
import { failInbox, type ReceiveEvents } from './receive-events.js';

/** An event's data consists of short texts; a receiver knows which. */
const eventData = () =>
  anyObject().convert(
    (data) => (Object.values(data).every((value) => typeof value === 'string') ? (data as EventData) : null),
    'must be an object of texts',
  );

const RECEIVE_EVENT: Operation<OutboxEvent, object> = {
  name: 'receiveEvent',
  summary: 'Receive an event of another process of the shop, once',
  request: object('ReceivedEvent', {
    id: uuid<EventId>(),
    sequence: integer({ min: 0 }),
    type: eventType(),
    aggregateId: uuid<Brand<string, string>>(),
    version: integer({ min: 1 }),
    occurredAt: instant(),
    data: eventData(),
  }),
  response: object('ReceivedEventResponse', {}),
  errors: failInbox.pick('event_type_unknown', 'event_too_old'),
};

/** Returns the route by which a process receives the events of other processes. */
export const eventRoute = (receive: ReceiveEvents): Route =>
  operationRoute(RECEIVE_EVENT, async (event) => {
    await receive([event]);
    return {};
  });

/** Sends an event to another process; resolves when that one has committed it, or had received it before. */
export const sendEvent = async (service: Calls, event: OutboxEvent): Promise<void> => {
  await service.call(RECEIVE_EVENT, event);
};
