import type { EventType } from '#src/kernel/events.js';
import type { OutboxEvent } from '../outbox/outbox.js';
import type { Subscriber } from '../outbox/subscriber.js';

export interface ServiceSubscriberOptions {
  /** The name of the service. */
  readonly service: string;
  /** The types of the events that the service receives. */
  readonly types: readonly EventType[];
  /**
   * Sends an event to the service. Resolves when the service has committed it, or had received it before; rejects if that is
   * unknown, and the event is sent again.
   */
  readonly send: (event: OutboxEvent, signal: AbortSignal) => Promise<void>;
}

/** Returns the name of the subscriber that delivers events to a service. */
export const serviceSubscriberName = (service: string): string => `service-${service}`;

/** Returns the subscriber that delivers events to the inbox of another service. */
export const serviceSubscriber = ({ service, types, send }: ServiceSubscriberOptions): Subscriber => ({
  name: serviceSubscriberName(service),
  types,
  handle: send,
});
