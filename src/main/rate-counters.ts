import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { Now } from '#src/kernel/clock.js';
import { databaseCounter } from '#src/platform/limits/database-counter.js';
import { insuredCounter } from '#src/platform/limits/insured-counter.js';
import { processCounter } from '#src/platform/limits/limiter-counter.js';
import type { RateCounters } from '#src/platform/limits/rate-counter.js';
import { redisCounter } from '#src/platform/limits/redis-counter.js';
import type { Config } from './config/index.js';
import { derivedSecret } from './derived-secret.js';
import type { Persistence } from './persistence/persistence.js';
import { signingKeys } from './signing-keys.js';

interface Deps {
  /** Asked for only where the database counts. */
  readonly persistence: () => Persistence;
  readonly now: Now;
  readonly logger: Logger;
}

/** When another key signs, counts begin anew. */
const secretOf = (config: Config): KeyObject =>
  derivedSecret(signingKeys(config)()[0].privateKey, 'portico/rate-limits/v1');

/** Where requests are counted, as configured; null when they are not. */
export const rateCounters = (config: Config, { persistence, now, logger }: Deps): RateCounters | null => {
  if (config.rateLimits === null) return null;
  const { store, redisUrl } = config.rateLimits;
  const secret = secretOf(config);
  const own = processCounter();
  if (store === 'redis' && redisUrl !== null) {
    const insured = insuredCounter(redisCounter(redisUrl, logger), own, logger);
    return { secret, general: insured, tight: insured };
  }
  if (store === 'process') return { secret, general: own, tight: own };
  const inDatabase = databaseCounter({ transact: persistence().transact, now });
  // Not the general ones: each GET would be a write.
  return { secret, general: own, tight: insuredCounter(inDatabase, own, logger) };
};
