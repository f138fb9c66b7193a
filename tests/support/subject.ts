import { DomainError } from '#src/kernel/errors.js';
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

/** A store of its own for each suite, opened before its tests and closed after them. */
export const openForSuite = <Ports>(
  open: OpenSubject<Ports>,
  connections: number,
): (() => Subject<Ports>) => {
  let subject: Subject<Ports> | undefined;
  before(async () => {
    subject = await open({ connections });
  });
  after(async () => {
    await subject?.close();
  });
  return () => {
    if (subject === undefined) throw new Error('a store is there only while tests run');
    return subject;
  };
};

/** The refusal that `act` throws; fails when it does not, and passes on an error that is no refusal. */
export const refusal = (act: () => unknown): DomainError => {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('not refused');
};

/** The code with which `work` is refused; fails when it is not, and passes on an error that is no refusal. */
export const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    (value) => new Error(`not refused: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof DomainError) return error.code;
  throw error;
};

/** The message with which `work` rejects; fails when it does not. */
export const rejectionOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => {
      throw new Error(`it did not reject but answered ${JSON.stringify(value)}`);
    },
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  );

/** How each of several works ended, sorted: `done`, or the code of its refusal. Any other error is passed on. */
export const endings = (results: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
  results
    .map((result) => {
      if (result.status === 'fulfilled') return 'done';
      if (result.reason instanceof DomainError) return result.reason.code;
      throw result.reason;
    })
    .sort();
