import { RateLimiterCluster, RateLimiterMemory, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Quota, RateCounter } from './rate-counter.js';

/** Options of every limiter of rate-limiter-flexible. */
export interface LimiterOptions {
  readonly keyPrefix: string;
  readonly points: number;
  readonly duration: number;
}

const nothingToDo = (): Promise<void> => Promise.resolve();

/** Counts with limiters of rate-limiter-flexible, one for each quota. */
export const limiterCounter = (
  make: (options: LimiterOptions) => RateLimiterAbstract,
): Pick<RateCounter, 'add' | 'clear'> => {
  const limiters = new Map<string, RateLimiterAbstract>();
  const limiterOf = ({ name, most, seconds }: Quota): RateLimiterAbstract => {
    const limiter =
      limiters.get(name) ?? make({ keyPrefix: `portico:limit:${name}`, points: most, duration: seconds });
    limiters.set(name, limiter);
    return limiter;
  };
  return {
    add: async (quota, caller, points) => {
      const limiter = limiterOf(quota);
      const { consumedPoints, msBeforeNext } = await (points < 0
        ? limiter.reward(caller, -points)
        : limiter.penalty(caller, points));
      return { used: consumedPoints, resetMs: msBeforeNext };
    },
    clear: async (quota, caller) => {
      await limiterOf(quota).delete(caller);
    },
  };
};

/** Counts in this process. */
export const processCounter = (): RateCounter => ({
  ...limiterCounter((options) => new RateLimiterMemory(options)),
  open: nothingToDo,
  close: nothingToDo,
});

/** Milliseconds. The primary process does little else. */
const PATIENCE_MS = 250;

/** Counts in the primary process of a cluster, for all of its workers (`RateLimiterClusterMaster`); rejects if it is silent. */
export const workerCounter = (): RateCounter => ({
  ...limiterCounter((options) => new RateLimiterCluster({ ...options, timeoutMs: PATIENCE_MS })),
  open: nothingToDo,
  close: nothingToDo,
});
