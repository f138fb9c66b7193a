import type { Brand } from './brand.js';

/** Ids, and short texts without personal data, so that an event contains nothing about a person who is erased later. */
export type EventData = Readonly<Record<string, Brand<string, string>>>;

/** The kind of an aggregate and what happened to it, in the past tense: `order.placed`. */
export type EventType = `${string}.${string}`;

/** Id of a stored event: the same in each of its deliveries; a UUIDv7. */
export type EventId = Brand<string, 'EventId'>;

/** Something that has happened to an aggregate. */
export interface DomainEvent<
  Type extends EventType = EventType,
  AggregateId extends Brand<string, string> = Brand<string, string>,
  Data extends EventData = EventData,
> {
  readonly type: Type;
  readonly aggregateId: AggregateId;
  /** Version of the aggregate after the event: identifies the events of an aggregate and puts them in order. */
  readonly version: number;
  readonly occurredAt: Date;
  readonly data: Data;
}

/** Union with one member for each of these types, so that `Extract` and `switch` find the member of a type. */
export type EventsOf<
  Type extends EventType,
  AggregateId extends Brand<string, string>,
  Data extends EventData = Readonly<Record<string, never>>,
> = Type extends EventType ? DomainEvent<Type, AggregateId, Data> : never;

/** Receives the events of a transaction. */
export interface Events<Event extends DomainEvent = DomainEvent> {
  /**
   * Stores events that are delivered some time after the transaction has committed, and never if it does not. Events of
   * one aggregate and version keep the order in which they are given.
   */
  append(...events: readonly Event[]): Promise<void>;
}
