import type { DomainEvent, EventId, EventType } from '#src/kernel/events.js';

/** An event as it is stored and as subscribers get it. */
export type OutboxEvent<Event extends DomainEvent = DomainEvent> = Event & {
  readonly id: EventId;
  /** Place of the event among the events of one aggregate and version, from 0. */
  readonly sequence: number;
};

/**
 * Returns the kind of aggregate that an event is about. A product's id is also that of its stock: kind and id together
 * identify an aggregate.
 */
export const aggregateOf = ({ type }: Pick<DomainEvent, 'type'>): string => type.slice(0, type.indexOf('.'));

/** A subscriber as the store knows it: it receives the events of these types that are dispatched from now on. */
export interface Subscription {
  readonly subscriber: string;
  readonly types: readonly EventType[];
}

/** One event on its way to one subscriber. */
export interface Delivery {
  readonly event: OutboxEvent;
  readonly subscriber: string;
  /** How often it was claimed since it was dispatched or requeued; 1 at the first attempt. */
  readonly attempts: number;
}

/** A delivery that one relay works on, until its lease expires. */
export interface ClaimedDelivery extends Delivery {
  readonly claimId: string;
}

/** The result of an attempt. */
export type Outcome =
  | { readonly is: 'delivered' }
  /** The delivery is due again after that time. */
  | { readonly is: 'failed'; readonly retryInMs: number }
  /** The delivery waits for an operator, and the later events of its aggregate wait with it, for this subscriber. */
  | { readonly is: 'dead_lettered' };

export interface Settlement {
  readonly delivery: Pick<ClaimedDelivery, 'subscriber' | 'claimId'> & {
    readonly event: Pick<OutboxEvent, 'id'>;
  };
  readonly outcome: Outcome;
}

/** Which dead-lettered deliveries: those that meet every condition. */
export interface DeadLetterFilter {
  readonly event?: EventId;
  readonly subscriber?: string;
}

/** Waiting deliveries of a subscriber are counted up to this number. */
export const COUNTED = 1000;

export interface Backlog extends Subscription {
  /** Number of the deliveries that are not done, `COUNTED` at most. */
  readonly waiting: number;
}

/**
 * Events between the transaction that appends them and the subscribers. The transaction stores the event alone; a relay
 * *dispatches* it later, which makes one delivery for each subscriber to its type. A delivery exists until it is done. An
 * aggregate's events are dispatched and delivered in the order of version and sequence: a delivery is *due* when it is the
 * first of its aggregate for its subscriber, and is neither dead-lettered nor leased nor waiting for another attempt. Times
 * are read from the database's clock, on which all relays agree.
 */
export interface OutboxReader {
  /** Whether there is an event that is not dispatched. */
  hasUndispatched(): Promise<boolean>;
  /**
   * Returns the events of at most `limit` deliveries of a subscriber that are due, the longest-waiting first; at most one of
   * each aggregate. Of other types than the subscription's none is returned: they wait for a process that knows them.
   */
  due(subscription: Subscription, limit: number): Promise<readonly EventId[]>;
  /** Returns the oldest dead-lettered deliveries. */
  deadLettered(filter: DeadLetterFilter, limit: number): Promise<readonly Delivery[]>;
  /** Returns all subscriptions, by name. */
  backlogs(): Promise<readonly Backlog[]>;
}

export interface OutboxRepository extends OutboxReader {
  add(events: readonly OutboxEvent[]): Promise<void>;
  /** Stores a subscription, in place of the one that the subscriber has. */
  subscribe(subscription: Subscription): Promise<void>;
  /** Removes a subscription with its deliveries; returns how many it found: 0 or 1. */
  unsubscribe(subscriber: string): Promise<number>;
  /**
   * Makes the deliveries of at most `limit` events that are not dispatched, and returns those events. Fails with
   * `stale_write` when another relay has dispatched one of them meanwhile.
   */
  dispatch(limit: number): Promise<readonly OutboxEvent[]>;
  /** Leases the deliveries of these events to a subscriber, but for those that another relay has leased. */
  claim(
    subscriber: string,
    events: readonly EventId[],
    lease: { readonly claimId: string; readonly leaseMs: number },
  ): Promise<readonly ClaimedDelivery[]>;
  /**
   * Stores the results of claimed deliveries, and returns of how many: one whose lease has expired and that another relay has
   * claimed since is left to that relay.
   */
  settle(settlements: readonly Settlement[]): Promise<number>;
  /** Makes at most `limit` dead-lettered deliveries due again, with all their attempts, and returns them. */
  requeue(filter: DeadLetterFilter, limit: number): Promise<readonly Delivery[]>;
  /** Removes at most `limit` events that were dispatched so long ago and wait for no subscriber; returns how many. */
  purge(retentionMs: number, limit: number): Promise<number>;
}
