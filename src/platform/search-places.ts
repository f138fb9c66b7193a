import { errorCatalogue, isDomainError } from '#src/kernel/errors.js';

// A search is a list that no index serves: the database may read a whole table for one page of it. Few searches run at once and
// further ones are refused, so that other requests find a connection and a processor.

/** Refusals of a search, in addition to those of every list. */
export const failSearch = errorCatalogue({
  search_busy: ['unavailable', 'Too many searches are running. Try again.'],
  search_timed_out: ['unavailable', 'The search took too long. Try fewer filters or other words.'],
});

export type SearchRefusal = 'search_busy' | 'search_timed_out';

/** Receives measurements. */
export interface SearchObserver {
  /** Called with the number of running searches, whenever it changes. */
  running(count: number): void;
  refused(code: SearchRefusal): void;
}

export interface SearchPlacesOptions {
  /** Maximum number of searches at once. */
  readonly places: number;
  /** How long a caller waits for the result, in milliseconds. */
  readonly timeoutMs: number;
  readonly observer?: SearchObserver;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock?: () => number;
}

/**
 * Runs a search of a network if there is a place for it; fails at once with `search_busy` if there is none, and with
 * `search_timed_out` if it takes too long. A search holds its place until its statement ends, even if its client is gone.
 */
export type SearchPlaces = <T>(network: string, search: () => Promise<T>) => Promise<T>;

/** How long a refused network counts as waiting: longer than its `Retry-After`. */
const WAITS_FOR_MS = 10_000;

/** Returns the number of places for searches of a process: they leave connections of its pool to all other work. */
export const placesIn = (poolMax: number): number => Math.max(1, Math.min(2, poolMax - 1));

const SILENT: SearchObserver = { running: () => undefined, refused: () => undefined };

/**
 * Makes the places for searches. A network gets a second place only while no other network waits, so that none excludes the
 * others: a refused network finds a free place.
 */
export const searchPlaces = ({
  places,
  timeoutMs,
  observer = SILENT,
  clock = () => performance.now(),
}: SearchPlacesOptions): SearchPlaces => {
  /** The network of each running search. */
  const running: string[] = [];
  /** The time of the last refusal of each network without a place; the longest ago comes first. */
  const refusedAt = new Map<string, number>();

  const forget = (): void => {
    const since = clock() - WAITS_FOR_MS;
    for (const [network, at] of refusedAt) {
      if (at > since) return;
      refusedAt.delete(network);
    }
  };

  const hasPlaceFor = (network: string): boolean => {
    forget();
    const othersWait = refusedAt.size > (refusedAt.has(network) ? 1 : 0);
    return running.length < places && !(othersWait && running.includes(network));
  };

  const refuse = (network: string): Error => {
    if (!running.includes(network)) {
      refusedAt.delete(network);
      refusedAt.set(network, clock());
    }
    observer.refused('search_busy');
    return failSearch('search_busy');
  };

  const hold = async <T>(network: string, search: () => Promise<T>): Promise<T> => {
    refusedAt.delete(network);
    running.push(network);
    observer.running(running.length);
    try {
      return await search();
    } finally {
      running.splice(running.indexOf(network), 1);
      observer.running(running.length);
    }
  };

  return async (network, search) => {
    if (!hasPlaceFor(network)) throw refuse(network);
    const found = hold(network, search);
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(failSearch('search_timed_out'));
      }, timeoutMs);
    });
    try {
      return await Promise.race([found, tooLate]);
    } catch (error) {
      // A database that ends statements by itself may have done so a moment earlier.
      if (isDomainError(error) && error.code === 'search_timed_out') observer.refused(error.code);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
};
