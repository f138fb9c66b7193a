export interface InFlightLimitOptions {
  /** Milliseconds of event-loop delay above which the limit shrinks; it grows below half of that. */
  readonly maxDelayMs: number;
  /** Returns the mean delay of the event loop since the last call, in milliseconds. */
  readonly delay: () => number;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/**
 * Bounds of the limit. Fewer requests than the least one would leave the process waiting for the database; more than the most only
 * wait for each other, since a process has one event loop and a few connections.
 */
export const IN_FLIGHT = { least: 16, most: 64 } as const;

/** Interval between two changes of the limit. */
const ADAPT_EVERY_MS = 100;
/** After so long without a change, nothing is known of the present: the limit is the most. */
const STALE_MS = 1_000;
const [SHRINK, GROW] = [0.7, 1.25];

/** Returns a function that returns how many requests may be in flight now. It adapts when it is called, and needs no timer. */
export const inFlightLimit = ({ maxDelayMs, delay, clock }: InFlightLimitOptions): (() => number) => {
  const { least, most } = IN_FLIGHT;
  let limit: number = most;
  let adaptedAt = -Infinity;
  return () => {
    const now = clock();
    const elapsed = now - adaptedAt;
    if (elapsed < ADAPT_EVERY_MS) return limit;
    adaptedAt = now;
    const delayMs = delay();
    if (elapsed >= STALE_MS) limit = most;
    else if (delayMs > maxDelayMs) limit = Math.max(least, Math.floor(limit * SHRINK));
    else if (delayMs < maxDelayMs / 2) limit = Math.min(most, Math.ceil(limit * GROW));
    return limit;
  };
};
