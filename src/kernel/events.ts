import type { Brand } from './brand.js';

/** Nothing but ids: a person who is erased leaves nothing behind in events that were told long ago. */
export type EventData = Readonly<Record<string, Brand<string, string>>>;

/** Something that has happened to an aggregate, told in the past tense: `order.placed`. */
export interface DomainEvent<Type extends `${string}.${string}` = `${string}.${string}`> {
  /** The kind of aggregate, and what happened to it. */
  readonly type: Type;
  readonly aggregateId: Brand<string, string>;
  /** The version that the aggregate came to by it: tells an aggregate's events apart and puts them in order. */
  readonly version: number;
  readonly occurredAt: Date;
  readonly data: EventData;
}

/** Where a transaction tells what it has done. */
export interface Events<Event extends DomainEvent = DomainEvent> {
  /**
   * Keeps events that are delivered some time after the transaction has committed, and never if it does not. Those of
   * one aggregate and version keep the order in which they are given.
   */
  append(...events: readonly Event[]): Promise<void>;
}
