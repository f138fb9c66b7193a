import type { DomainEvent, EventId } from '#src/kernel/events.js';

/** An event as it is stored and as subscribers get it. */
export type OutboxEvent<Event extends DomainEvent = DomainEvent> = Event & {
  readonly id: EventId;
  /** Place of the event among the events of one aggregate and version, from 0. */
  readonly sequence: number;
};

/** The kind of aggregate that an event is about. A product's id is also that of its stock: only kind and id name one. */
export const aggregateOf = ({ type }: Pick<DomainEvent, 'type'>): string => type.slice(0, type.indexOf('.'));

export type TriedEvent = OutboxEvent & {
  /** How often it was claimed since it was appended or requeued; 1 at the first delivery. */
  readonly tries: number;
};

/** An event in the hands of one relay, until its lease runs out. */
export type ClaimedEvent = TriedEvent & {
  readonly claimId: string;
};

/** What became of a claimed event. */
export type Outcome =
  /** Every subscriber has it; it is kept for that long. */
  | { readonly is: 'delivered'; readonly keepMs: number }
  /** It is due again after that time. */
  | { readonly is: 'failed'; readonly retryInMs: number }
  /** It waits for an operator, and the later events of its aggregate wait with it. */
  | { readonly is: 'parked' };

export interface Settlement {
  readonly event: Pick<ClaimedEvent, 'id' | 'claimId'>;
  readonly outcome: Outcome;
}

/**
 * Events between the transaction that appends them and the relay that delivers them. An aggregate's events are delivered
 * in the order of version and sequence: one is *due* when it is the first of its aggregate that is not delivered, and is
 * neither parked nor leased nor waiting for another try. Times are told by the database's clock, on which relays agree.
 */
export interface OutboxReader {
  /** The ids of at most `limit` events that are due, the longest-waiting first; at most one of each aggregate. */
  due(limit: number): Promise<readonly string[]>;
  /** The oldest of the parked events. */
  parked(limit: number): Promise<readonly TriedEvent[]>;
}

export interface OutboxRepository extends OutboxReader {
  /** Only inside a transaction. */
  add(events: readonly OutboxEvent[]): Promise<void>;
  /** Leases those of these events that nobody has leased yet. What is missing in the answer, another relay has. */
  claim(
    ids: readonly string[],
    lease: { readonly claimId: string; readonly leaseMs: number },
  ): Promise<readonly ClaimedEvent[]>;
  /**
   * Records what became of claimed events, and answers of how many: one whose lease ran out and that another relay has
   * claimed since is that one's to settle.
   */
  settle(settlements: readonly Settlement[]): Promise<number>;
  /** Makes a parked event due again, with all its tries; answers how many it found: 0 or 1. */
  requeue(id: string): Promise<number>;
  /** Removes at most `limit` delivered events that have been kept long enough; answers how many. */
  purge(limit: number): Promise<number>;
}
