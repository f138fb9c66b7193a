import { transactThrough, type Transact } from '#src/kernel/transact.js';
import type { Keyless } from '#src/platform/database/rebuild-keys.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { IdempotencyStore } from '#src/platform/idempotency/idempotency-store.js';
import type { RateCounts } from '#src/platform/limits/rate-counts.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import type { OutboxReader, OutboxRepository } from '#src/platform/outbox/outbox.js';
import type { ContextReaders, ContextRepositories } from '../contexts.js';

/** The repositories of the platform. */
export interface PlatformRepositories {
  readonly idempotency: IdempotencyStore;
  readonly outbox: OutboxRepository;
  readonly rateCounts: RateCounts;
}

/** Every context's own repositories, and those of the platform, bound to one scope. */
export type Repositories = ContextRepositories & PlatformRepositories;

/** What can be asked of the repositories outside of any transaction, where nothing can be written or locked. */
export type Readers = ContextReaders & { readonly outbox: OutboxReader };

/** What repositories are bound to: a transaction of one store, or the store outside of any. */
export type Scope = SqlScope | MemoryScope;

/** Makes the repositories of one scope; called for each attempt of each transaction. */
export type BindRepositories<S extends Scope = Scope> = (scope: S) => Repositories;

/** What a start has found. */
export interface Readiness {
  /** Nothing was stored there before: all tables were made just now. */
  readonly isNew: boolean;
}

/** Where a shop keeps its data: the only thing in which memory and the databases differ. */
export interface Persistence {
  /** Bound to no transaction: for queries. */
  readonly outside: Readers;
  readonly transact: Transact<Repositories>;
  /** Brings the schema up to date; rejects when the stored shop is another one than is configured. */
  prepare(): Promise<Readiness>;
  /** Rejects when the store is away or its schema is behind this code; answers with a remark when it is ahead. */
  check(): Promise<string | null>;
  /**
   * Computes the keys anew by which stored texts are found, sorted and told apart: for rows that an earlier version has written
   * since this one was started first. Answers which rows are without a key.
   */
  rebuildKeys(): Promise<readonly Keyless[]>;
  /** Stores something about the shop under a name and returns what was stored before; null if nothing was. */
  swapSetting(name: string, value: string): Promise<string | null>;
  close(): Promise<void>;
}

interface Store<S extends Scope> extends Omit<Persistence, 'outside' | 'transact'> {
  readonly outside: S;
  readonly transact: Transact<S>;
}

/** A store seen through repositories. `replace` may exchange some of them, each bound to the scope it is given. */
export const persistence = <S extends Scope>(
  { outside, transact, ...store }: Store<S>,
  bind: BindRepositories<S>,
  replace: ReplaceRepositories = (repositories) => repositories,
): Persistence => {
  const repositories = (scope: S): Repositories => replace(bind(scope), scope);
  return {
    ...store,
    outside: repositories(outside),
    transact: transactThrough(transact, repositories),
  };
};

/** Exchanges repositories for one's own, which join the transaction of `scope`. */
export type ReplaceRepositories = (original: Repositories, scope: Scope) => Repositories;
