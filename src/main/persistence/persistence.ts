import { transactThrough, type Transact } from '#src/kernel/transact.js';
import type { Keyless } from '#src/platform/database/rebuild-keys.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { lazyObjects } from '#src/platform/lazily.js';
import type { IdempotencyStore } from '#src/platform/idempotency/idempotency-store.js';
import type { Inbox } from '#src/platform/inbox/inbox.js';
import type { RateCounts } from '#src/platform/limits/rate-counts.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import type { OutboxReader, OutboxRepository } from '#src/platform/outbox/outbox.js';
import type { People } from '#src/platform/people/people.js';
import type { ContextReaders, ContextRepositories } from '../contexts.js';

export interface PlatformRepositories {
  readonly idempotency: IdempotencyStore;
  readonly outbox: OutboxRepository;
  readonly inbox: Inbox;
  readonly people: People;
  readonly rateCounts: RateCounts;
}

/** Every context's own repositories, and those of the platform, bound to one scope. */
export type Repositories = ContextRepositories & PlatformRepositories;

/** Readers outside any transaction, which can neither write nor lock. */
export type Readers = ContextReaders & { readonly outbox: OutboxReader };

/** A transaction of one store, or the store outside any transaction. */
export type Scope = SqlScope | MemoryScope;

/** Functions that make the repositories of one scope, by name. */
export type Makers<S extends Scope> = {
  readonly [Name in keyof Repositories]: (scope: S) => Repositories[Name];
};

/** Result of `prepare`. */
export interface Readiness {
  /** Whether the store was empty before: all tables were made just now. */
  readonly isNew: boolean;
}

/** The store of a shop: the only thing in which memory and the databases differ. */
export interface Persistence {
  /** Readers that are bound to no transaction: for queries. */
  readonly outside: Readers;
  readonly transact: Transact<Repositories>;
  /** Brings the schema up to date; rejects if the stored shop is not the configured one. */
  prepare(): Promise<Readiness>;
  /** Rejects if the store is unavailable or its schema is behind this code; returns a remark if it is ahead. */
  check(): Promise<string | null>;
  /**
   * Recomputes the keys that find, sort and identify stored texts: for rows that an earlier version has written since this one
   * first started. Returns the rows that are left without a key.
   */
  rebuildKeys(): Promise<readonly Keyless[]>;
  /** Stores a setting of the shop and returns the value before; null if there was none. */
  swapSetting(name: string, value: string): Promise<string | null>;
  close(): Promise<void>;
}

interface Store<S extends Scope> extends Omit<Persistence, 'outside' | 'transact'> {
  readonly outside: S;
  readonly transact: Transact<S>;
}

/**
 * Wraps a store in repositories. Each attempt of each transaction has repositories of its own; each is made, and replaced, when it is
 * first used: most transactions use a few of them.
 */
export const persistence = <S extends Scope>(
  { outside, transact, ...store }: Store<S>,
  makers: Makers<S>,
  replace: ReplaceRepositories = {},
): Persistence => {
  const made = <Name extends keyof Repositories>(name: Name, scope: S): Repositories[Name] => {
    const original = makers[name](scope);
    return replace[name]?.(original, scope) ?? original;
  };
  const repositories = lazyObjects<Repositories, S>(Object.keys(makers) as (keyof Repositories)[], made);
  return {
    ...store,
    outside: repositories(outside),
    transact: transactThrough(transact, repositories),
  };
};

/** Replaces repositories, by name; the replacements join the transaction of `scope`. */
export type ReplaceRepositories = {
  readonly [Name in keyof Repositories]?: (original: Repositories[Name], scope: Scope) => Repositories[Name];
};
