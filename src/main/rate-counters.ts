import { databaseCounter } from '#src/platform/limits/database-counter.js';
import { fallbackCounter } from '#src/platform/limits/fallback-counter.js';
import { workerCounter } from '#src/platform/limits/limiter-counter.js';
import { processCounter } from '#src/platform/limits/process-counter.js';
import type { RateCounters } from '#src/platform/limits/rate-counter.js';
import { redisCounter } from '#src/platform/limits/redis-counter.js';
import { derivedSecret } from '#src/platform/derived-secret.js';
import type { Parts } from './parts.js';
import { isWorker } from './workers/worker.js';

/** Returns the configured counters of requests; null without rate limits. */
export const rateCounters = (
  parts: Pick<Parts, 'config' | 'persistence' | 'keyRing' | 'neighbours' | 'now' | 'logger'>,
): RateCounters | null => {
  const { config, now, logger } = parts;
  if (config.rateLimits === null) return null;
  const { store, redisUrl } = config.rateLimits;
  // A new key resets the counts.
  const key = parts.neighbours?.secret ?? parts.keyRing()[0].privateKey;
  const secret = derivedSecret(key, 'portico/rate-limits/v1');
  // The primary process counts for all workers.
  const own = isWorker(config)
    ? fallbackCounter(workerCounter(), processCounter(), logger)
    : processCounter();
  if (store === 'redis' && redisUrl !== null) {
    const insured = fallbackCounter(redisCounter(redisUrl, logger), own, logger);
    return { secret, general: insured, tight: insured };
  }
  if (store === 'process') return { secret, general: own, tight: own };
  const inDatabase = databaseCounter({ transact: parts.persistence.transact, now });
  // The general limits stay in the process: in the database, each GET would be a write.
  return { secret, general: own, tight: fallbackCounter(inDatabase, own, logger) };
};
