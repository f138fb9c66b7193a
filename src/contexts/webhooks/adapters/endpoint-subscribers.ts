import {
  retryLater,
  type DeliveryOptions,
  type Subscriber,
  type SubscriberSource,
} from '#src/platform/outbox/subscriber.js';
import { deliverEvent, type DeliverDeps, type DeliveredEvent } from '../application/deliver-event.js';
import { Endpoint } from '../domain/endpoint.js';
import type { EndpointId } from '../domain/ids.js';
import { WEBHOOK_EVENT_TYPES } from '../domain/event-types.js';
import { storedTypes } from '../domain/relayed.js';
import { SUBSCRIBER_PREFIX, subscribedTypes, subscriberName } from './outbox-subscriptions.js';

/**
 * How events are sent. The pauses begin with 5 seconds and double up to 6 hours: 17 attempts take a day, more or less, since each pause
 * is between half and all of its time. An attempt takes 15 seconds at most, and some more to be recorded.
 */
export const DELIVERY = {
  concurrency: 8,
  deliverWithinMs: 20_000,
  maxAttempts: 17,
  firstPauseMs: 5_000,
  longestPauseMs: 6 * 3_600_000,
} as const satisfies Partial<DeliveryOptions>;

const ALL_TYPES = [
  ...storedTypes(WEBHOOK_EVENT_TYPES),
  'webhook_ping.requested',
  'webhook_redelivery.requested',
] as const;

export interface EndpointSourceDeps extends DeliverDeps {
  readonly delivery: Partial<DeliveryOptions>;
}

/** Each enabled endpoint is a subscriber. */
export const endpointSource = ({ delivery, ...deps }: EndpointSourceDeps): SubscriberSource => {
  const deliver = deliverEvent(deps);
  const subscriberOf = (id: EndpointId): Subscriber<DeliveredEvent> => ({
    name: subscriberName(id),
    types: ALL_TYPES,
    delivery,
    handle: async (event, signal, attempt) => {
      const result = await deliver(id, event, attempt, signal);
      if (result.is === 'failed') throw retryLater(result.reason, result.retryAfterMs);
    },
  });
  return {
    prefix: SUBSCRIBER_PREFIX,
    list: async () =>
      (await deps.endpoints.listAll()).filter(Endpoint.isEnabled).map((endpoint) => ({
        // It receives the types that it names, and no others.
        subscriber: subscriberOf(endpoint.id) as Subscriber as never,
        subscribed: subscribedTypes(endpoint),
      })),
  };
};
