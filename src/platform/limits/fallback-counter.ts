import type { Logger } from 'pino';
import type { RateCounter } from './rate-counter.js';

/** How long a failed store is not used: requests should not wait for it again and again. */
const REST_MS = 1_000;

/** Counts in a shared store, and in this process while that store is unavailable: the shop and its limits stay up. */
export const fallbackCounter = (shared: RateCounter, own: RateCounter, logger: Logger): RateCounter => {
  let away = false;
  let restUntil = 0;
  const counting = async <T>(count: (counter: RateCounter) => T | Promise<T>): Promise<T> => {
    if (performance.now() < restUntil) return count(own);
    try {
      const counted = await count(shared);
      if (away) logger.info('rate limits are shared again');
      away = false;
      return counted;
    } catch (err) {
      if (!away)
        logger.warn({ err }, 'the store of the rate limits is unreachable: this process counts alone');
      away = true;
      restUntil = performance.now() + REST_MS;
      return count(own);
    }
  };
  return {
    add: (quota, caller, points) => counting((counter) => counter.add(quota, caller, points)),
    // In this process too: the process's own count would go on at the next outage of the store.
    clear: async (quota, caller) => {
      await own.clear(quota, caller);
      await counting((counter) => counter.clear(quota, caller));
    },
    open: () => shared.open(),
    close: () => shared.close(),
  };
};
