import type { Transact } from '#src/kernel/transact.js';
import type { Readers } from '#src/main/persistence/persistence.js';

/** The ports outside of any transaction: of a repository of the shop, what can be read there. */
type Outside<Ports> = {
  readonly [Name in keyof Ports]: Name extends keyof Readers ? Readers[Name] : Ports[Name];
};

/** Repositories put to the test: bound to transactions and, for queries, to none, on a store of their own. */
export interface Subject<Ports> {
  readonly transact: Transact<Ports>;
  readonly outside: Outside<Ports>;
  close(): Promise<void>;
}

/** Opens an empty store. With one connection a query that escapes its transaction stands still and fails. */
export type OpenSubject<Ports> = (options: { readonly connections: number }) => Promise<Subject<Ports>>;

/** Runs all of `works` at once and tells how each ended. */
export const together = <T>(
  works: readonly (() => Promise<T>)[],
): Promise<readonly PromiseSettledResult<T>[]> => Promise.allSettled(works.map((work) => work()));
