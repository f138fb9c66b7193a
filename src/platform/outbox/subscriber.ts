import type { DomainEvent } from '#src/kernel/events.js';
import type { OutboxEvent } from './outbox.js';

/** How the deliveries of a subscriber are made. */
export interface DeliveryOptions {
  /** Maximum number of deliveries of a subscriber at the same time. */
  readonly concurrency: number;
  /** How long an attempt may take. A claim is leased for twice that time. */
  readonly deliverWithinMs: number;
  /** Number of attempts after which a delivery is dead-lettered; an attempt during which the relay died counts. */
  readonly maxAttempts: number;
  /** The pause before the second attempt; it doubles with each further one, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Interval of polling for deliveries that other processes have dispatched, and for those that are due again. */
  readonly pollMs: number;
}

/** Which attempt to deliver an event it is. */
export interface AttemptPlace {
  /** 1 for the first since the event was dispatched or requeued. */
  readonly number: number;
  /** Whether the event is dead-lettered if this attempt fails. */
  readonly isLast: boolean;
}

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
  handle(event: OutboxEvent<Event>, signal: AbortSignal, attempt: AttemptPlace): Promise<void>;
  /** Where its deliveries differ from those of the other subscribers. */
  readonly delivery?: Partial<DeliveryOptions>;
}

/** Subscribers that come and go while the shop runs: their subscriptions are stored, and removed, by transactions of the shop. */
export interface SubscriberSource {
  /** What the names of its subscribers begin with, and no other name. */
  readonly prefix: string;
  /** Returns the present subscribers, each with the types that it is subscribed to now. */
  list(): Promise<readonly SourceSubscriber[]>;
}

export interface SourceSubscriber {
  /** Its `types` are all that it may ever have been subscribed to: what was dispatched before a change is delivered as well. */
  readonly subscriber: Subscriber;
  readonly subscribed: Subscriber['types'];
}

/** A failure after which the next attempt is made no earlier than the receiver of the event wants it. */
export interface RetryLater extends Error {
  readonly retryInMs: number;
}

export const retryLater = (message: string, retryInMs: number): RetryLater =>
  Object.assign(new Error(message), { retryInMs });

export const isRetryLater = (error: unknown): error is RetryLater =>
  error instanceof Error && 'retryInMs' in error && typeof error.retryInMs === 'number';

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
  async (event: OutboxEvent, attempt: AttemptPlace): Promise<void> => {
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
      await Promise.race([subscriber.handle(event, signal, attempt), late]);
    } finally {
      clearTimeout(timer);
    }
  };
