import type { Events } from '#src/kernel/events.js';
import type { Currency } from '#src/kernel/money.js';
import type { Erasure } from '#src/kernel/personal-data.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Chore } from './chores.js';
import type { AnyKeyedTable } from './database/rebuild-keys.js';
import type { SqlScope } from './database/scope.js';
import type { Route } from './http/routes/route.js';
import type { IdempotencyStore } from './idempotency/idempotency-store.js';
import type { MemoryScope } from './memory/store.js';
import type { Subscriber } from './outbox/subscriber.js';
import type { ExportedList, ExportedMember } from './personal-data.js';

/** What the platform gives to a transaction of any context. */
export interface TransactionPlatform {
  readonly events: Events;
  readonly idempotency: IdempotencyStore;
}

/** What a module makes the ports of one transaction from. */
export interface InTransaction<Own, Uses = object, Parts = object> {
  /** The context's own repositories. */
  readonly own: Own;
  /** What other contexts offer, by their names, bound to the same transaction. */
  readonly uses: Uses;
  readonly platform: TransactionPlatform;
  readonly parts: Parts;
}

/** What a module makes the ports of its queries from: bound to no transaction, so nothing can be written or locked. */
export interface InQueries<Own, Uses = object, Parts = object> {
  readonly own: Own;
  /** What other contexts offer to queries, by their names. */
  readonly uses: Uses;
  readonly parts: Parts;
}

/** What a module makes routes, subscribers, chores and operations from, once in a process. */
export interface InProcess<Ports, Queries = object, Parts = object> {
  readonly transact: Transact<Ports>;
  readonly queries: Queries;
  readonly parts: Parts;
}

/** What a context holds on a person. */
export interface PersonalDataModule {
  readonly member?: ExportedMember<never>;
  readonly list?: ExportedList<never>;
  /** Erases what the context holds, or refuses; what takes long is done afterwards, by events. */
  readonly erase?: (ports: never) => (erasure: Erasure) => Promise<void>;
}

/**
 * A context, put together by itself. `src/main/contexts.ts` has the list of them, and checks that each gets what its functions
 * ask for: here, their arguments are open.
 */
export interface ContextModule {
  /** The repositories of its own tables on each kind of store, by names that no other context uses. */
  readonly repositories: {
    readonly memory: (scope: MemoryScope) => object;
    readonly sql: (scope: SqlScope, currency: Currency) => object;
  };
  /** Tables with keys that are computed from texts. */
  readonly keyedTables?: (sequelize: SqlScope['sequelize']) => readonly AnyKeyedTable[];
  /** Parts of a process that the context brings, by name. Each can be replaced by that name. */
  readonly parts?: Readonly<Record<string, (parts: never) => unknown>>;
  /** The ports of its transactions. */
  readonly ports: (given: never) => object;
  /** What other contexts may do in their transactions. */
  readonly offers?: (ports: never) => object;
  /** What it keeps of another context, by the name of that one, and changes in the same transaction as that one does. */
  readonly follows?: Readonly<Record<string, (given: never) => object>>;
  /** The ports of its queries. */
  readonly queries: (given: never) => object;
  /** What the queries of other contexts may ask. */
  readonly offersToQueries?: (queries: never) => object;
  readonly routes?: (given: never) => readonly Route[];
  readonly subscribers?: (given: never) => readonly Subscriber[];
  readonly chores?: (given: never) => readonly Chore[];
  /** What the operator does by the command line, and the start of the shop by itself. */
  readonly operations?: (given: never) => object;
  readonly personalData?: PersonalDataModule;
}
