import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Quota, RateCounter } from './rate-counter.js';

/** Options of every limiter of rate-limiter-flexible. */
export interface LimiterOptions {
  readonly keyPrefix: string;
  readonly points: number;
  readonly duration: number;
}

type MakeLimiter = (options: LimiterOptions) => RateLimiterAbstract;

/** Counts with limiters of rate-limiter-flexible, one for each quota. `load` is called by the first count. */
export const limiterCounter = (load: () => Promise<MakeLimiter>): Pick<RateCounter, 'add' | 'clear'> => {
  let loaded: Promise<MakeLimiter> | undefined;
  const limiters = new Map<string, RateLimiterAbstract>();
  const limiterOf = async ({ name, most, seconds }: Quota): Promise<RateLimiterAbstract> => {
    const make = await (loaded ??= load());
    const limiter =
      limiters.get(name) ?? make({ keyPrefix: `portico:limit:${name}`, points: most, duration: seconds });
    limiters.set(name, limiter);
    return limiter;
  };
  return {
    add: async (quota, caller, points) => {
      const limiter = await limiterOf(quota);
      const { consumedPoints, msBeforeNext } = await (points < 0
        ? limiter.reward(caller, -points)
        : limiter.penalty(caller, points));
      return { used: consumedPoints, resetMs: msBeforeNext };
    },
    clear: async (quota, caller) => {
      const limiter = await limiterOf(quota);
      await limiter.delete(caller);
    },
  };
};

/** Milliseconds. The primary process does little else. */
const PATIENCE_MS = 250;

/** Counts in the primary process of a cluster, for all of its workers (`RateLimiterClusterMaster`); rejects if it is silent. */
export const workerCounter = (): RateCounter => ({
  ...limiterCounter(async () => {
    const { RateLimiterCluster } = await import('rate-limiter-flexible');
    return (options) => new RateLimiterCluster({ ...options, timeoutMs: PATIENCE_MS });
  }),
  open: () => Promise.resolve(),
  close: () => Promise.resolve(),
});
