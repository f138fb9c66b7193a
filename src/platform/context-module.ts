import type { ErrorEntry } from '#src/kernel/errors.js';
import type { Events } from '#src/kernel/events.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Erasure } from '#src/kernel/personal-data.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Chore } from './chores.js';
import type { AnyKeyedTable } from './database/rebuild-keys.js';
import type { SqlScope } from './database/scope.js';
import type { AnyTable } from './database/tables.js';
import type { Route } from './http/routes/route.js';
import type { ServiceClient } from './http/services/service-client.js';
import type { IdempotencyStore } from './idempotency/idempotency-store.js';
import type { Receiver } from './inbox/receiver.js';
import type { MemoryScope } from './memory/store.js';
import type { Facts } from './neighbours/facts.js';
import type { OutboxRepository } from './outbox/outbox.js';
import type { Subscriber, SubscriberSource } from './outbox/subscriber.js';
import type { People } from './people/people.js';
import type { ExportedList, ExportedMember } from './personal-data.js';

/** Parts that the platform provides to a transaction of any context. */
export interface TransactionPlatform {
  readonly events: Events;
  readonly idempotency: IdempotencyStore;
  readonly people: People;
  /** For a context whose data says who is subscribed to events. */
  readonly outbox: Pick<OutboxRepository, 'add' | 'subscribe' | 'unsubscribe' | 'requeue'>;
}

/** Calls operations of another process of the shop. */
export type Calls = Pick<ServiceClient, 'call'>;

/** Arguments from which a module makes what its `offers` are in the transactions of a process that does not hold it. */
export interface Elsewhere<Parts = object, Uses = object> {
  /** What other contexts offer, as in `InTransaction`. */
  readonly uses: Uses;
  readonly platform: TransactionPlatform;
  readonly parts: Parts;
  /** What is fetched from the process that holds the context, never inside a transaction. */
  readonly facts: Facts;
  /** The process that holds the context. */
  readonly service: Calls;
}

/** The same for queries, which are outside of any transaction. */
export type ElsewhereToQueries<Parts = object> = Pick<Elsewhere<Parts>, 'service' | 'parts'>;

/** Returns whether a context is in this process too. */
export type Holds = (context: string) => boolean;

/** Arguments from which a module makes the ports of one transaction. */
export interface InTransaction<Own, Uses = object, Parts = object> {
  /** The context's own repositories. */
  readonly own: Own;
  /** What other contexts offer, by their names, bound to the same transaction. */
  readonly uses: Uses;
  readonly platform: TransactionPlatform;
  readonly parts: Parts;
  readonly holds: Holds;
}

/** Arguments from which a module makes the ports of its queries: bound to no transaction, so nothing can be written or locked. */
export interface InQueries<Own, Uses = object, Parts = object> {
  readonly own: Own;
  /** What other contexts offer to queries, by their names. */
  readonly uses: Uses;
  readonly parts: Parts;
}

/** Arguments from which a module makes routes, subscribers, receivers, chores and operations, once per process. */
export interface InProcess<Ports, Queries = object, Parts = object> {
  readonly transact: Transact<Ports>;
  readonly queries: Queries;
  readonly parts: Parts;
  readonly holds: Holds;
}

/** The personal data of a context. */
export interface PersonalDataModule {
  readonly member?: ExportedMember<never>;
  readonly list?: ExportedList<never>;
  /**
   * Refuses, with one of `erasureErrors`, if a person must not be erased now. Its caller has locked the person in this database, so
   * that it stays true until the transaction ends.
   */
  readonly requireErasable?: (ports: never) => (person: UserId) => Promise<void>;
  readonly erasureErrors?: readonly ErrorEntry[];
  /** Erases the context's data; events trigger what takes long. */
  readonly erase?: (ports: never) => (erasure: Erasure) => Promise<void>;
}

/**
 * Functions that make the repositories of a context's own tables for one scope, on each kind of store. Each is called when its
 * repository is first used.
 */
export interface RepositoryMakers<Repositories> {
  readonly memory: { readonly [Name in keyof Repositories]: (scope: MemoryScope) => Repositories[Name] };
  readonly sql: {
    readonly [Name in keyof Repositories]: (scope: SqlScope, currency: Currency) => Repositories[Name];
  };
}

/**
 * A context, assembled by itself. `src/main/contexts.ts` lists the contexts, and checks that each receives the arguments of its
 * functions: here, the arguments are open.
 */
export interface ContextModule {
  /** Its repositories, by names that no other context uses. */
  readonly repositories: RepositoryMakers<object>;
  /** Its tables, each after those that it refers to. */
  readonly tables?: (sequelize: SqlScope['sequelize']) => readonly AnyTable[];
  /** Tables with keys that are computed from texts. */
  readonly keyedTables?: (sequelize: SqlScope['sequelize']) => readonly AnyKeyedTable[];
  /** Parts of a process that the context provides, by name. Each can be replaced by that name. */
  readonly parts?: Readonly<Record<string, (parts: never) => unknown>>;
  /** The ports of its transactions. */
  readonly ports: (given: never) => object;
  /** What other contexts may do in their transactions. */
  readonly offers?: (ports: never) => object;
  /** What its `offers` are in a process that does not hold it. Without it, other contexts cannot use it there. */
  readonly elsewhere?: (given: never) => object;
  /** Ports through which another context, by its name, changes data of this one in its own transactions. */
  readonly follows?: Readonly<Record<string, (given: never) => object>>;
  /** The ports of its queries. */
  readonly queries: (given: never) => object;
  /** What the queries of other contexts may ask. */
  readonly offersToQueries?: (queries: never) => object;
  /** What its `offersToQueries` are in a process that does not hold it. */
  readonly elsewhereToQueries?: (given: never) => object;
  /** Wraps the transactions of every context, to see what becomes of its own tables. */
  readonly watch?: (given: never) => unknown;
  readonly routes?: (given: never) => readonly Route[];
  /** The operations that other processes of the shop may call. */
  readonly serves?: (given: never) => readonly Route[];
  readonly subscribers?: (given: never) => readonly Subscriber[];
  /** Subscribers that its data names. */
  readonly sources?: (given: never) => readonly SubscriberSource[];
  /** What it does with events of other processes. `Ports` are those of its transactions. */
  readonly receives?: readonly Receiver<never>[];
  readonly chores?: (given: never) => readonly Chore[];
  /** Operations of the command line, and of the shop's start. */
  readonly operations?: (given: never) => object;
  readonly personalData?: PersonalDataModule;
}
