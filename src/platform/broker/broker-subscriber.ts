import type { EventType } from '#src/kernel/events.js';
import type { Subscriber } from '../outbox/subscriber.js';
import { cloudEventOf } from './cloud-event.js';
import type { EventBroker } from './event-broker.js';

export interface BrokerSubscriberOptions {
  readonly broker: Pick<EventBroker, 'publish'>;
  readonly types: readonly EventType[];
  /** See `CloudEvent`. */
  readonly source: string;
}

/** A broker may be away for about a day before its events are dead-lettered. */
const DELIVERY = { maxAttempts: 1_500, longestPauseMs: 60_000 };

/** Publishes the events of an outbox at a broker: each at least once, and those of an aggregate in their order. */
export const brokerSubscriber = ({ broker, types, source }: BrokerSubscriberOptions): Subscriber => ({
  name: 'broker',
  types,
  delivery: DELIVERY,
  handle: (event) => broker.publish(cloudEventOf(event, source)),
});
