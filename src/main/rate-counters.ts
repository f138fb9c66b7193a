import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { Now } from '../kernel/clock.js';
import { databaseCounter } from '../platform/limits/database-counter.js';
import { insuredCounter } from '../platform/limits/insured-counter.js';
import { processCounter } from '../platform/limits/limiter-counter.js';
import type { RateCounters } from '../platform/limits/rate-counter.js';
import { redisCounter } from '../platform/limits/redis-counter.js';
import type { Config } from './config.js';
import type { Persistence } from './persistence/persistence.js';
import { signingKeys } from './signing-keys.js';

interface Deps {
  /** Asked for only where the database counts. */
  readonly persistence: () => Persistence;
  readonly now: Now;
  readonly logger: Logger;
}

const SECRET_INFO = 'portico/rate-limits/v1';

/**
 * Derived from the key that signs, which all processes of a shop have and none of their stores. When another one signs,
 * counts begin anew.
 */
const secretOf = (config: Config): KeyObject => {
  const [{ privateKey }] = signingKeys(config)();
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' });
  return createSecretKey(new Uint8Array(hkdfSync('sha256', bytes, '', SECRET_INFO, 32)));
};

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
  const { transact, outside } = persistence();
  const { rateCounts } = outside;
  const inDatabase = databaseCounter({ transact, rateCounts, now });
  // Not the general ones: each GET would be a write.
  return { secret, general: own, tight: insuredCounter(inDatabase, own, logger) };
};
