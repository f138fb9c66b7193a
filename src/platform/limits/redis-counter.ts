import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { limiterCounter } from './limiter-counter.js';
import type { RateCounter } from './rate-counter.js';

/** A request must not wait longer for a count than for the shop itself. */
const PATIENCE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** Loads the package, which takes a tenth of a start, and creates a client that is not connected. */
const createClient = async (url: string, logger: Logger): Promise<Redis> => {
  const { Redis } = await import('ioredis');
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
  return redis;
};

/** Counts in Redis, for all processes that share it. Rejects while Redis is unavailable. */
export const redisCounter = (url: string, logger: Logger): RateCounter => {
  let creating: Promise<Redis> | undefined;
  const client = (): Promise<Redis> => (creating ??= createClient(url, logger));
  return {
    ...limiterCounter(async () => {
      const [storeClient, { RateLimiterRedis }] = await Promise.all([
        client(),
        import('rate-limiter-flexible'),
      ]);
      return (options) => new RateLimiterRedis({ ...options, storeClient });
    }),
    open: async () => {
      const redis = await client();
      await redis.connect().catch(() => undefined);
    },
    close: async () => {
      const redis = await client();
      redis.disconnect();
    },
  };
};
