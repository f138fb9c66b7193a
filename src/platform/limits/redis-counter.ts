import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { limiterCounter } from './limiter-counter.js';
import type { RateCounter } from './rate-counter.js';

/** A request must not wait longer for a count than for the shop itself. */
const PATIENCE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** Counts in Redis, for all processes that share it. Rejects while Redis is unavailable. */
export const redisCounter = (url: string, logger: Logger): RateCounter => {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: PATIENCE_MS,
    // A count that waits for Redis to return delays a request, and a repeated one counts twice.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempts) => Math.min(attempts * 100, LONGEST_PAUSE_MS),
  });
  // Each failed attempt to connect ends here; the counter's caller sees the rejection, and logs it once.
  redis.on('error', (err: unknown) => {
    logger.debug({ err }, 'no connection to Redis');
  });
  return {
    ...limiterCounter((options) => new RateLimiterRedis({ ...options, storeClient: redis })),
    open: () => redis.connect().catch(() => undefined),
    close: () => {
      redis.disconnect();
      return Promise.resolve();
    },
  };
};
