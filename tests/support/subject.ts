import type { Transact } from '#src/kernel/transact.js';

/** Repositories put to the test: bound to transactions and, for queries, to none, on a store of their own. */
export interface Subject<Ports> {
  readonly transact: Transact<Ports>;
  readonly outside: Ports;
  close(): Promise<void>;
}

/** Opens an empty store. With one connection a query that escapes its transaction stands still and fails. */
export type OpenSubject<Ports> = (options: { readonly connections: number }) => Promise<Subject<Ports>>;

/** Runs all of `works` at once and tells how each ended. */
export const together = <T>(
  works: readonly (() => Promise<T>)[],
): Promise<readonly PromiseSettledResult<T>[]> => Promise.allSettled(works.map((work) => work()));
