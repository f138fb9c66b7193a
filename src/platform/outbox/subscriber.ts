import type { DomainEvent } from '#src/kernel/events.js';
import type { OutboxEvent } from './outbox.js';

/** A receiver of events. */
export interface Subscriber<Event extends DomainEvent = DomainEvent> {
  /** Identifies the subscriber among all processes and versions of the shop: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** The types of the events that it receives; no other event is delivered to it. */
  readonly types: readonly Event['type'][];
  /**
   * Handles an event: each at least once, and those of an aggregate in their order. If it rejects, or takes too long and `signal`
   * aborts, the event is delivered again; `event.id` identifies a repetition. It runs outside any transaction and may begin its
   * own.
   */
  handle(event: OutboxEvent<Event>, signal: AbortSignal): Promise<void>;
}

const NAME = /^[\w.-]{1,64}$/;

/** Throws if a name cannot be stored or two subscribers share one: their deliveries would be mixed up. */
export const requireNames = (subscribers: readonly Pick<Subscriber, 'name'>[]): void => {
  const seen = new Set<string>();
  for (const { name } of subscribers) {
    if (!NAME.test(name))
      throw new Error(
        `the name of a subscriber must have 1 to 64 characters of A-Z a-z 0-9 . _ -: ${JSON.stringify(name)}`,
      );
    if (seen.has(name)) throw new Error(`two subscribers have the name ${name}: each needs one of its own`);
    seen.add(name);
  }
};

/** Delivers an event to a subscriber; rejects if it fails or takes too long. */
export const deliverTo =
  (subscriber: Subscriber, withinMs: number) =>
  async (event: OutboxEvent): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    const late = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    const timer = setTimeout(() => {
      controller.abort(new Error(`${subscriber.name} took longer than ${withinMs} ms`));
    }, withinMs);
    try {
      await Promise.race([subscriber.handle(event, signal), late]);
    } finally {
      clearTimeout(timer);
    }
  };
