import type { DomainEvent, EventId, EventType } from '#src/kernel/events.js';

/** An event as it is stored and as subscribers receive it. */
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

/** Types that a subscriber has chosen while the shop runs. Versions put its choices in an order; they arrive in any. */
export interface ChosenTypes {
  readonly version: number;
  readonly types: readonly EventType[];
}

const together = (some: ChosenTypes['types'], others: ChosenTypes['types']): ChosenTypes['types'] => [
  ...new Set([...some, ...others]),
];

/** Returns what a subscription is after a choice; `stored` is null if there is none. */
export const afterChoice = (stored: ChosenTypes | null, { version, types }: ChosenTypes): ChosenTypes => {
  if (stored === null || version > stored.version) return { version, types };
  const isOutdated = version < stored.version;
  return isOutdated ? stored : { version, types: together(stored.types, types) };
};

/** One event for one subscriber. */
export interface Delivery {
  readonly event: OutboxEvent;
  readonly subscriber: string;
  /** Number of claims since it was dispatched or requeued; 1 at the first attempt. */
  readonly attempts: number;
}

/** A delivery that one relay has claimed, until its lease expires. */
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

/** Conditions on dead-lettered deliveries: a delivery matches if it meets all of them. */
export interface DeadLetterFilter {
  readonly event?: EventId;
  readonly subscriber?: string;
}

/** Maximum up to which a subscriber's waiting deliveries are counted. */
export const COUNTED = 1000;

export interface Backlog extends Subscription {
  /** Number of the deliveries that are not done, `COUNTED` at most. */
  readonly waiting: number;
}

/**
 * Events between the transaction that appends them and the subscribers. The transaction stores the event alone; a relay
 * *dispatches* it later, which creates one delivery for each subscriber to its type. A delivery exists until it is done. An
 * aggregate's events are dispatched and delivered in the order of version and sequence: a delivery is *due* if it is the first of
 * its aggregate for its subscriber, and is neither dead-lettered nor leased nor waiting for another attempt. All times come from
 * the database's clock, which all relays share.
 */
export interface OutboxReader {
  /** Returns whether an event is not yet dispatched. */
  hasUndispatched(): Promise<boolean>;
  /**
   * Returns the events of at most `limit` due deliveries of a subscriber, the longest-waiting first; at most one of each
   * aggregate. It returns only events of the subscription's types: the others wait for a process that knows them.
   */
  due(subscription: Subscription, limit: number): Promise<readonly EventId[]>;
  /** Returns the oldest dead-lettered deliveries. */
  deadLettered(filter: DeadLetterFilter, limit: number): Promise<readonly Delivery[]>;
  /** Returns all subscriptions, by name. */
  backlogs(): Promise<readonly Backlog[]>;
}

/** A subscriber of the relay that dispatches, for whom it claims at once what is due. */
export interface Claimant extends Subscription {
  readonly claimId: string;
  readonly leaseMs: number;
  /** Maximum number of deliveries to claim. */
  readonly limit: number;
}

export interface Dispatched {
  readonly events: readonly OutboxEvent[];
  readonly claimed: readonly ClaimedDelivery[];
  /** The subscribers with new deliveries that were not claimed. */
  readonly waiting: ReadonlySet<string>;
}

export interface OutboxRepository extends OutboxReader {
  add(events: readonly OutboxEvent[]): Promise<void>;
  /** Stores a subscription; replaces the types of the subscriber's earlier one, and keeps the version of what it has chosen. */
  subscribe(subscription: Subscription): Promise<void>;
  /**
   * Replaces the types of a subscription by those of a later version than the stored one, which is 0 at first; adds those of the same
   * version to the stored ones; ignores those of an earlier version. Returns what is stored then. Idempotent. Fails with `stale_write` if
   * the subscription is changed at the same time.
   */
  choose(subscriber: string, chosen: ChosenTypes): Promise<ChosenTypes>;
  /** Removes a subscription with its deliveries; returns the number of removed subscriptions: 0 or 1. */
  unsubscribe(subscriber: string): Promise<number>;
  /**
   * Creates the deliveries of at most `limit` undispatched events, and returns those events. Fails with `stale_write` if another
   * relay has dispatched one of them meanwhile.
   */
  dispatch(limit: number): Promise<readonly OutboxEvent[]>;
  /**
   * Like `dispatch`, and leases the new deliveries that are due, as `claim` does, to the claimants. A delivery of another type than a
   * claimant's is not claimed.
   */
  dispatchAndClaim(limit: number, claimants: readonly Claimant[]): Promise<Dispatched>;
  /** Leases the deliveries of these events to a subscriber, except those that another relay has leased. */
  claim(
    subscriber: string,
    events: readonly EventId[],
    lease: { readonly claimId: string; readonly leaseMs: number },
  ): Promise<readonly ClaimedDelivery[]>;
  /**
   * Stores the results of claimed deliveries, and returns the number of stored results: a delivery that another relay has claimed
   * after its lease expired is left to that relay.
   */
  settle(settlements: readonly Settlement[]): Promise<number>;
  /** Makes at most `limit` dead-lettered deliveries due again, with all their attempts, and returns them. */
  requeue(filter: DeadLetterFilter, limit: number): Promise<readonly Delivery[]>;
  /**
   * Removes at most `limit` events that were dispatched at least `retentionMs` ago and have no waiting delivery; returns their
   * number.
   */
  purge(retentionMs: number, limit: number): Promise<number>;
}
