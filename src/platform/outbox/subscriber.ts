import { aggregateOf, type OutboxEvent } from './outbox.js';

/**
 * Is told of every event at least once, an aggregate's events in their order. When it rejects, or takes too long and
 * `signal` aborts, the event is delivered again, to every subscriber: look at `event.id` to do a thing once. It is called
 * outside any transaction and may begin its own.
 */
export type Subscriber = (event: OutboxEvent, signal: AbortSignal) => Promise<void>;

/**
 * Keeps from a subscriber the events of these kinds of aggregates: those with which the shop has its own work done. A batch
 * follows the one before, and would wait for whoever fails to be told of it.
 */
export const exceptOf =
  (aggregates: readonly string[], subscriber: Subscriber): Subscriber =>
  (event, signal) =>
    aggregates.includes(aggregateOf(event)) ? Promise.resolve() : subscriber(event, signal);

/** Tells the subscribers one after the other; rejects with the first failure, or when all of it takes too long. */
export const deliverTo =
  (subscribers: readonly Subscriber[], withinMs: number) =>
  async (event: OutboxEvent): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    const tell = async (): Promise<void> => {
      for (const subscriber of subscribers) {
        signal.throwIfAborted();
        await subscriber(event, signal);
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
      await Promise.race([tell(), late]);
    } finally {
      clearTimeout(timer);
    }
  };
