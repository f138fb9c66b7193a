import type { Logger } from 'pino';
import type { KeyRing } from '#src/contexts/accounts/module.js';
import type { Reservations } from '#src/contexts/ordering/module.js';
import type { ExportedParts } from '#src/contexts/privacy/module.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Chore } from '#src/platform/chores.js';
import type { HttpApp } from '#src/platform/http/app.js';
import type { Health } from '#src/platform/http/operators/health.js';
import type { LiftLimit } from '#src/platform/http/pipeline/lift-limit.js';
import type { Route } from '#src/platform/http/routes/route.js';
import type { EventSender } from '#src/platform/inbox/choice-operation.js';
import type { WithInbox } from '#src/platform/inbox/inbox.js';
import type { ReceiveEvents } from '#src/platform/inbox/receive-events.js';
import type { Receiver } from '#src/platform/inbox/receiver.js';
import type { RateCounters } from '#src/platform/limits/rate-counter.js';
import type { Mailer } from '#src/platform/mail/mailer.js';
import type { EventBroker } from '#src/platform/broker/event-broker.js';
import type { Facts } from '#src/platform/neighbours/facts.js';
import type { Relay } from '#src/platform/outbox/relay.js';
import type { Subscriber, SubscriberSource } from '#src/platform/outbox/subscriber.js';
import type { OperatingPorts } from './bindings.js';
import type { Config } from './config/index.js';
import type { ContextName, ContextParts, ContextPorts, ContextQueries, Operations } from './contexts.js';
import type { ShopSubscriber } from './events.js';
import type { Neighbours } from './neighbours.js';
import type { Persistence, ReplaceRepositories, Repositories } from './persistence/persistence.js';

/** What the ports of a receiver are made from. */
export interface Receiving extends WithInbox {
  readonly repositories: Repositories;
  readonly facts: Facts;
}

/** What a process does for the erasures that the process with the accounts begins. */
export interface RemoteErasures {
  readonly serves: readonly Route[];
  readonly receivers: readonly Receiver<Receiving>[];
  readonly subscribers: readonly Subscriber[];
}

/** A context of a process. */
export interface RunningContext<Name extends ContextName> {
  readonly transact: Transact<ContextPorts[Name]>;
  readonly queries: ContextQueries[Name];
  readonly routes: readonly Route[];
  readonly subscribers: readonly Subscriber[];
  readonly sources: readonly SubscriberSource[];
  /** In a transaction of any context: each receiver makes the ports of its own. */
  readonly receivers: readonly Receiver<Receiving>[];
  readonly chores: readonly Chore[];
  /** The operations that other processes may call. */
  readonly serves: readonly Route[];
  readonly operations: Operations[Name];
}

export type RunningContexts = { readonly [Name in ContextName]: RunningContext<Name> };

/** Parts that the platform and `src/main` provide. */
export interface PlatformParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly now: Now;
  readonly newId: NewId;

  readonly persistence: Persistence;
  /** The transactions of the store, as the contexts watch them. */
  readonly transact: Persistence['transact'];
  readonly replaceRepositories: ReplaceRepositories;
  readonly contexts: RunningContexts;
  readonly operatingTransact: Transact<OperatingPorts>;

  /** Subscribers in addition to the shop's own. */
  readonly subscribers: readonly ShopSubscriber[];
  /** Null if no events are published. */
  readonly eventBroker: EventBroker | null;
  readonly relay: Relay;
  /** Receives events of other processes. */
  readonly receiveEvents: ReceiveEvents;
  /** The other processes of the shop; null if this one is the whole shop. */
  readonly neighbours: Neighbours | null;
  /** The other processes with contexts, which send this one events; none in a shop of one process. */
  readonly eventSenders: readonly EventSender[];
  /** In a gateway: parts that describe the whole shop by its routes, and serve none; null in every other process. */
  readonly described: { readonly contexts: RunningContexts } | null;
  /** The stock of a catalogue in another process; null where it is in this one. */
  readonly reservations: Reservations | null;
  /** Null if no mail is sent. */
  readonly mailer: Mailer | null;
  readonly keyRing: KeyRing;
  readonly remoteErasures: RemoteErasures;
  /** The document of a personal-data export, as the contexts declare their parts of it. */
  readonly exported: ExportedParts;

  /** Null disables rate limits. */
  readonly counters: RateCounters | null;
  readonly liftLimit: LiftLimit;

  readonly health: Health;
  readonly http: HttpApp;
}

/** All parts of a shop, by name. The overrides of `createShop` can replace each of them. */
export type Parts = PlatformParts & ContextParts;
export type PartName = keyof Parts;
