import { brokerSubscriber } from '#src/platform/broker/broker-subscriber.js';
import type { EventBroker } from '#src/platform/broker/event-broker.js';
import { natsBroker } from '#src/platform/broker/nats-broker.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import type { Config } from './config/index.js';
import { PUBLISHED_EVENTS } from './events.js';

/** Returns the broker at which this process publishes events; null if there is none. */
export const eventBrokerOf = ({ events }: Config): EventBroker | null =>
  events === null ? null : natsBroker(events);

/** Each process publishes the events of its own database, so that of services each event has one publisher. */
export const publishers = (
  broker: EventBroker | null,
  { publicUrl: source }: Config,
): readonly Subscriber[] =>
  broker === null ? [] : [brokerSubscriber({ broker, types: PUBLISHED_EVENTS, source })];
