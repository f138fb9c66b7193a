import type { EventId } from '#src/kernel/events.js';
import type { OutboxRepository } from '#src/platform/outbox/outbox.js';
import type { Relay, Subscriptions } from '../application/ports.js';
import { Endpoint } from '../domain/endpoint.js';
import type { EndpointId } from '../domain/ids.js';
import { storedTypes } from '../domain/relayed.js';

/** What the names of the subscribers of endpoints begin with. */
export const SUBSCRIBER_PREFIX = 'webhooks.';

/** Returns the name of the subscriber that sends events to an endpoint. */
export const subscriberName = (endpoint: EndpointId): string => `${SUBSCRIBER_PREFIX}${endpoint}`;

/** Types of events for one endpoint alone, which all are subscribed to: they tell it by its id. */
const OWN_TYPES = ['webhook_ping.requested', 'webhook_redelivery.requested'] as const;

/** Returns the types of stored events that an endpoint is subscribed to; none while it is disabled. */
export const subscribedTypes = (endpoint: Endpoint) =>
  Endpoint.isEnabled(endpoint) ? [...storedTypes(endpoint.eventTypes), ...OWN_TYPES] : [];

export type SubscriptionOutbox = Pick<OutboxRepository, 'subscribe' | 'unsubscribe' | 'requeue'>;

export const outboxSubscriptions = (outbox: SubscriptionOutbox): Subscriptions => ({
  store: (endpoint) =>
    outbox.subscribe({ subscriber: subscriberName(endpoint.id), types: subscribedTypes(endpoint) }),
  remove: async (endpoint) => {
    await outbox.unsubscribe(subscriberName(endpoint));
  },
  requeue: async (endpoint, stored) =>
    (await outbox.requeue({ subscriber: subscriberName(endpoint), event: stored }, 1)).length > 0,
});

export const outboxRelay = (outbox: Pick<OutboxRepository, 'add'>, newEventId: () => EventId): Relay => ({
  add: (event, sequence) => outbox.add([{ ...event, id: newEventId(), sequence }]),
});
