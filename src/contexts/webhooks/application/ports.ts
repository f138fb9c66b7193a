import type { Now } from '#src/kernel/clock.js';
import type { EventId, Events } from '#src/kernel/events.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Attempt, AttemptOutcome, SendResult } from '../domain/attempt.js';
import type { Endpoint } from '../domain/endpoint.js';
import type { EndpointId, SealedSecret } from '../domain/ids.js';
import type { WebhookEvent } from '../domain/events.js';
import type { Message } from '../domain/message.js';

export interface EndpointReader {
  find(id: EndpointId): Promise<Endpoint | null>;
  /** Returns all endpoints: there are `MAX_ENDPOINTS` at most. */
  listAll(): Promise<readonly Endpoint[]>;
  /** Returns the endpoints, the latest first. The position's key is the time in milliseconds since 1970. */
  list(page: PageRequest): Promise<Page<Endpoint>>;
}

export interface EndpointRepository extends EndpointReader {
  /** Locks the list of endpoints as a whole until the transaction ends: until then no other one adds to it. */
  lockList(): Promise<void>;
  /**
   * Locks the list of endpoints as a whole until the transaction ends, raises its version, to more than `above` as well, and returns that
   * version. So it is one more than any that was committed before, and concurrent attempts at it get the same one. Once in a transaction.
   */
  reviseList(above?: number): Promise<number>;
  add(endpoint: Endpoint): Promise<void>;
  /** Stores `endpoint`; fails with `stale_write` unless the stored version is `endpoint.version - 1`. */
  update(endpoint: Endpoint): Promise<void>;
  /** Removes it; its attempts stay until they are purged. Fails with `stale_write` unless the stored version is `endpoint.version`. */
  remove(endpoint: Endpoint): Promise<void>;
}

export interface AttemptFilter {
  readonly eventId?: EventId;
  readonly outcome?: AttemptOutcome;
  /** At this time or later. */
  readonly from?: Date;
  /** Before this time. */
  readonly to?: Date;
}

export interface AttemptReader {
  /** Returns the attempts of an endpoint, the latest first. The position's key is the time in milliseconds since 1970. */
  list(endpoint: EndpointId, filter: AttemptFilter, page: PageRequest): Promise<Page<Attempt>>;
  /** Returns the latest attempt to send an event, or the latest with that outcome; null if there is none. */
  findLatest(endpoint: EndpointId, event: EventId, outcome?: AttemptOutcome): Promise<Attempt | null>;
}

export interface AttemptRepository extends AttemptReader {
  add(attempt: Attempt): Promise<void>;
  /** Removes at most `limit` attempts before that time; returns the number of removed ones. */
  purge(before: Date, limit: number): Promise<number>;
}

/** The events that wait for endpoints. */
export interface Subscriptions {
  /** Has an endpoint sent the events of its types that occur from now on. */
  store(endpoint: Endpoint): Promise<void>;
  /** Removes all that waits for an endpoint. */
  remove(endpoint: EndpointId): Promise<void>;
  /** Has a dead-lettered stored event attempted again; returns whether it was dead-lettered for the endpoint. */
  requeue(endpoint: EndpointId, stored: EventId): Promise<boolean>;
}

/** Creates secrets, and encrypts them for the store. */
export interface Secrets {
  /** Returns a new secret in the form of Standard Webhooks: `whsec_…`. */
  create(): string;
  seal(secret: string): SealedSecret;
  /** Returns the secret; null if its key is gone. */
  open(sealed: SealedSecret): string | null;
  /** Returns whether it is sealed under the present key. */
  isCurrent(sealed: SealedSecret): boolean;
}

/** Sends a message to a URL. Resolves whatever happens there. */
export type Send = (
  url: string,
  message: Message,
  options: { readonly secrets: readonly string[]; readonly at: Date; readonly signal: AbortSignal },
) => Promise<SendResult>;

/** Fails with `webhook_target_refused` if events are never sent to a URL of that form. */
export type RequireTarget = (url: string) => void;

/** What the other processes send this one for the endpoints; none in a shop of one process. */
export interface Senders {
  /**
   * Makes sure, before an endpoint is stored, that each process sends what it wants, beside what the others want. Fails with
   * `service_unavailable` if one is away.
   */
  require(endpoint: Endpoint): Promise<void>;
}

/**
 * Whether other processes may be sending events that no endpoint wants, as far as this process knows: it is possible after a start, and when
 * such an event has arrived.
 */
export interface Surplus {
  isPossible: boolean;
}

export interface WebhooksPorts {
  readonly endpoints: EndpointRepository;
  readonly attempts: AttemptRepository;
  readonly subscriptions: Subscriptions;
  readonly events: Events<WebhookEvent>;
  /** Stores an event of another process for the endpoints. */
  readonly relay: Relay;
  readonly senders: Senders;
  readonly surplus: Surplus;
  readonly now: Now;
}

/** Stores an event as `RelayedEvent`, with the sequence that it has where it occurred. */
export interface Relay {
  add(event: WebhookEvent, sequence: number): Promise<void>;
}

export interface WebhooksReaders {
  readonly endpoints: EndpointReader;
  readonly attempts: AttemptReader;
}
