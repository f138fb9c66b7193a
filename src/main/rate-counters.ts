import type { Logger } from 'pino';
import type { Now } from '../kernel/clock.js';
import { databaseCounter } from '../platform/limits/database-counter.js';
import { insuredCounter } from '../platform/limits/insured-counter.js';
import { processCounter } from '../platform/limits/limiter-counter.js';
import type { RateCounters } from '../platform/limits/rate-counter.js';
import { redisCounter } from '../platform/limits/redis-counter.js';
import type { Config } from './config.js';
import type { Persistence } from './persistence/persistence.js';

interface Deps {
  /** Asked for only where the database counts. */
  readonly persistence: () => Persistence;
  readonly now: Now;
  readonly logger: Logger;
}

/** Where requests are counted, as configured; null when they are not. */
export const rateCounters = (
  { rateLimits }: Config,
  { persistence, now, logger }: Deps,
): RateCounters | null => {
  if (rateLimits === null) return null;
  const { store, redisUrl } = rateLimits;
  const own = processCounter();
  if (store === 'redis' && redisUrl !== null) {
    const insured = insuredCounter(redisCounter(redisUrl, logger), own, logger);
    return { general: insured, tight: insured };
  }
  if (store === 'process') return { general: own, tight: own };
  const { transact, outside } = persistence();
  const { rateCounts } = outside;
  const inDatabase = databaseCounter({ transact, rateCounts, now });
  // Not the general ones: each GET would be a write.
  return { general: own, tight: insuredCounter(inDatabase, own, logger) };
};
