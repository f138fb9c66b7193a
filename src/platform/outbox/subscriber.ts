import type { DomainEvent } from '#src/kernel/events.js';
import type { OutboxEvent } from './outbox.js';

/** A receiver of events. */
export interface Subscriber<Event extends DomainEvent = DomainEvent> {
  /** Identifies the subscriber among all processes and versions of the shop: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** The types of the events that it receives; no other event is delivered to it. */
  readonly types: readonly Event['type'][];
  /**
   * Handles an event: each at least once, and those of an aggregate in their order. When it rejects, or takes too long and
   * `signal` aborts, the event is delivered again; `event.id` tells a repetition. It is called outside any transaction and
   * may begin its own.
   */
  handle(event: OutboxEvent<Event>, signal: AbortSignal): Promise<void>;
}

/** Delivers to the subscribers one after the other; rejects with the first failure, or when all of it takes too long. */
export const deliverTo =
  (subscribers: readonly Subscriber[], withinMs: number) =>
  async (event: OutboxEvent): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    const deliver = async (): Promise<void> => {
      for (const subscriber of subscribers.filter(({ types }) => types.includes(event.type))) {
        signal.throwIfAborted();
        await subscriber.handle(event, signal);
      }
    };
    const late = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    const timer = setTimeout(() => {
      controller.abort(new Error(`the subscribers took longer than ${withinMs} ms`));
    }, withinMs);
    try {
      await Promise.race([deliver(), late]);
    } finally {
      clearTimeout(timer);
    }
  };
