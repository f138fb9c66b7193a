import type { KeyObject } from 'node:crypto';

/** So much in so long. */
export interface Quota {
  /** Counts of one name go together, and no two quotas share one. */
  readonly name: string;
  readonly most: number;
  readonly seconds: number;
}

export interface Count {
  readonly used: number;
  /** Until the window ends and the count begins anew. */
  readonly resetMs: number;
}

/** Counts what callers do. The window of a caller begins with their first count. */
export interface RateCounter {
  /** Adds points, or takes some back, and returns what there is now. */
  add(quota: Quota, caller: string, points: number): Promise<Count>;
  /** Forgets what is counted of a caller. */
  clear(quota: Quota, caller: string): Promise<void>;
  /** Gets ready; a store that is away is no reason to fail. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Where the general limits are counted, at every request, and where those of log-ins and the like. */
export interface RateCounters {
  /** What callers are hashed under: the same for all that share a store, and in no store. */
  readonly secret: KeyObject;
  readonly general: RateCounter;
  readonly tight: RateCounter;
}
