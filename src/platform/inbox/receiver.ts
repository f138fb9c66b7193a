import type { DomainEvent } from '#src/kernel/events.js';
import type { OutboxEvent } from '../outbox/outbox.js';

/** A receiver of the events of other processes. Unlike a subscriber, it is part of a transaction. */
export interface Receiver<Ports, Event extends DomainEvent = DomainEvent> {
  /** Identifies the receiver in the log. */
  readonly name: string;
  /** The types of the events that it receives. */
  readonly types: readonly Event['type'][];
  /** Whether its events are sent only while it has chosen them (`EventSender`), and until it first has. */
  readonly onDemand?: true;
  /**
   * Handles an event: each once, and those of an aggregate in their order. It commits with the note that the event was received,
   * or not at all; then the event comes again. As the work of a transaction it may run more than once, so it only calls its ports.
   */
  handle(event: OutboxEvent<Event>, ports: Ports): Promise<void>;
}
