import { parseTrustProxy, type TrustProxy } from '#src/platform/http/connections/client-address.js';
import { integer, oneOf, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { hasUnescapedPassword } from '#src/platform/url-password.js';
import { DAY, parsed, variable, type Complain } from './variable.js';

const origins = parsed((list: string): readonly string[] =>
  list.split(',').map((item) => {
    const origin = item.trim();
    // A pattern such as https://*.shop.example would match no page.
    if (new URL(origin).origin !== origin || origin.includes('*')) throw new Error('no origin');
    return origin;
  }),
);

const redisUrl = string({ url: ['redis', 'rediss'] }).convert(
  (url) => (hasUnescapedPassword(url) ? null : url),
  'must have an escaped password',
);

/** Variables about callers: what the shop knows of them and how many requests they may make. */
export const callerVariables = {
  CORS_ORIGINS: variable(origins.default([]), {
    right:
      'origins such as https://shop.example or http://localhost:5173, separated by commas, without * and without a slash at the end',
    purpose: 'The web origins whose pages may call the shop from a browser.',
    unset: 'none',
  }),
  TRUST_PROXY: variable(parsed(parseTrustProxy).default(0), {
    right:
      'a number of proxies, or addresses and CIDR ranges separated by commas (loopback, linklocal and uniquelocal name the usual ones)',
    purpose:
      'The proxies before the shop whose `X-Forwarded-For` is believed about the address of a client, which is logged and rate-limited.',
    unset: 'none: the address is that of the connection',
  }),
  RATE_LIMITS: variable(oneOf('on', 'off').default('on'), {
    right: 'on or off',
    purpose: 'Whether callers are refused who ask too often. Off is for measurements.',
  }),
  RATE_LIMIT_PER_MINUTE: variable(integer({ min: 1, max: 1_000_000 }).default(600), {
    right: 'a whole number from 1 to 1000000',
    purpose:
      'How many requests each address, and each user, may make in a minute. Log-ins and the like are held to less.',
  }),
  RATE_LIMIT_STORE: variable(oneOf('process', 'database', 'redis').optional(), {
    right: 'process, database or redis',
    purpose: 'Where requests are counted. Several processes share their limits in a database or in Redis.',
    unset: '`redis` with REDIS_URL, else `process`',
  }),
  REDIS_URL: variable(redisUrl.optional(), {
    right:
      'redis://user:password@host:port/number, or rediss:// for TLS, with special characters of the password escaped (/ as %2F)',
    purpose: 'The Redis in which rate limits are counted. A secret when it holds a password.',
    unset: 'none',
  }),
  IDEMPOTENCY_QUOTA: variable(integer({ min: 10_000, max: 1_000_000_000_000 }).default(10_000_000), {
    right: 'bytes, a whole number from 10000 to 1000000000000',
    purpose:
      'How much may be stored of the answers that a customer gets to POSTs with an `Idempotency-Key` within 24 hours. An administrator may have ten times as much.',
  }),
  SHARED_CACHE_TTL: variable(integer({ min: 0, max: DAY }).default(10), {
    right: 'seconds, a whole number from 0 to 86400 (0: ask each time)',
    purpose:
      'How long a proxy or CDN before the shop may answer with its copy of the catalogue. Browsers, and requests with an access token, always ask the shop.',
  }),
};

type Values = ValuesOf<typeof callerVariables>;

export interface RateLimitConfig {
  /** Maximum number of requests per minute, of an address and of a user. */
  readonly perMinute: number;
  readonly store: 'process' | 'database' | 'redis';
  /** Required for the store `redis`. */
  readonly redisUrl: string | null;
}

export interface CallerConfig {
  readonly corsOrigins: readonly string[];
  readonly trustProxy: TrustProxy;
  /** Null disables them. */
  readonly rateLimits: RateLimitConfig | null;
  /** Maximum number of bytes stored for a customer's replies under Idempotency-Keys. */
  readonly idempotencyQuota: number;
  /** Seconds for which a shared cache may store the catalogue. */
  readonly sharedCacheTtl: number;
}

const rateLimitsOf = (
  { RATE_LIMITS, RATE_LIMIT_PER_MINUTE, RATE_LIMIT_STORE, REDIS_URL }: Values,
  complain: Complain<keyof Values>,
): RateLimitConfig | null => {
  const redisUrl = REDIS_URL ?? null;
  const store = RATE_LIMIT_STORE ?? (redisUrl === null ? 'process' : 'redis');
  if (store === 'redis' && redisUrl === null) complain('REDIS_URL', 'must go with RATE_LIMIT_STORE=redis');
  return RATE_LIMITS === 'off' ? null : { perMinute: RATE_LIMIT_PER_MINUTE, store, redisUrl };
};

export const callerConfig = (values: Values, complain: Complain<keyof Values>): CallerConfig => ({
  corsOrigins: values.CORS_ORIGINS,
  trustProxy: values.TRUST_PROXY,
  rateLimits: rateLimitsOf(values, complain),
  idempotencyQuota: values.IDEMPOTENCY_QUOTA,
  sharedCacheTtl: values.SHARED_CACHE_TTL,
});
