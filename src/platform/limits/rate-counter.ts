import type { KeyObject } from 'node:crypto';

/** A maximum number of points per window. */
export interface Quota {
  /** Identifies the counts of the quota; no two quotas share a name. */
  readonly name: string;
  readonly most: number;
  readonly seconds: number;
}

export interface Count {
  readonly used: number;
  /** Milliseconds until the window ends and the count starts again. */
  readonly resetMs: number;
}

/** Counts points of callers. The window of a caller starts with their first count. */
export interface RateCounter {
  /** Adds points, or subtracts some, and returns the present count: at once if this process has it. */
  add(quota: Quota, caller: string, points: number): Count | Promise<Count>;
  /** Removes the count of a caller. */
  clear(quota: Quota, caller: string): Promise<void>;
  /** Connects; does not fail if the store is unavailable. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Counters of the general limits, which count every request, and of the tight ones, such as that of log-ins. */
export interface RateCounters {
  /** The secret with which callers are hashed: the same for all processes that share a store, and stored in none. */
  readonly secret: KeyObject;
  readonly general: RateCounter;
  readonly tight: RateCounter;
}
