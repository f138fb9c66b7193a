import { parseTrustProxy, type TrustProxy } from '#src/platform/http/connections/client-address.js';
import { integer, oneOf, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { hasUnescapedPassword } from '#src/platform/url-password.js';
import type { ServiceName } from '../services.js';
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
    purpose: 'Web origins whose pages may call the API from a browser.',
    unset: 'none',
  }),
  TRUST_PROXY: variable(parsed(parseTrustProxy).default(0), {
    right:
      'a number of proxies, or addresses and CIDR ranges separated by commas (loopback, linklocal and uniquelocal name the usual ones)',
    purpose:
      'Reverse proxies in front of the shop whose `X-Forwarded-For` is trusted for the address of the client, ' +
      'which is logged and rate-limited.',
    unset: 'none: the address of the connection is used',
  }),
  RATE_LIMITS: variable(oneOf('on', 'off').default('on'), {
    right: 'on or off',
    purpose: 'Whether rate limits apply. Switch them off for measurements only.',
  }),
  RATE_LIMIT_PER_MINUTE: variable(integer({ min: 1, max: 1_000_000 }).default(600), {
    right: 'a whole number from 1 to 1000000',
    purpose:
      'Maximum number of requests per minute of each network address and of each user. Log-ins and similar calls ' +
      'have lower limits.',
  }),
  RATE_LIMIT_STORE: variable(oneOf('process', 'database', 'redis').optional(), {
    right: 'process, database or redis',
    purpose:
      'Where requests are counted. Several processes share their limits through the database or Redis.',
    unset: '`redis` if REDIS_URL is set, else `process`',
  }),
  REDIS_URL: variable(redisUrl.optional(), {
    right:
      'redis://user:password@host:port/number, or rediss:// for TLS, with special characters of the password escaped (/ as %2F)',
    purpose: 'URL of the Redis in which requests are counted. A secret if it contains a password.',
    unset: 'none',
  }),
  IDEMPOTENCY_QUOTA: variable(integer({ min: 10_000, max: 1_000_000_000_000 }).default(10_000_000), {
    right: 'bytes, a whole number from 10000 to 1000000000000',
    purpose:
      'Maximum number of bytes of stored replies per customer and 24 hours, for requests with an ' +
      '`Idempotency-Key`. An administrator has ten times as much.',
  }),
  SHARED_CACHE_TTL: variable(integer({ min: 0, max: DAY }).default(10), {
    right: 'seconds, a whole number from 0 to 86400 (0: revalidate every time)',
    purpose:
      'How long a proxy or CDN may serve its copy of the catalogue without asking the shop. Browsers, and requests ' +
      'with an access token, always revalidate.',
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
  service: ServiceName | null,
  complain: Complain<keyof Values>,
): RateLimitConfig | null => {
  const redisUrl = REDIS_URL ?? null;
  const store = RATE_LIMIT_STORE ?? (redisUrl === null ? 'process' : 'redis');
  if (store === 'redis' && redisUrl === null)
    complain('REDIS_URL', 'is required when RATE_LIMIT_STORE is redis');
  if (store === 'database' && service === 'gateway')
    complain('RATE_LIMIT_STORE', 'must be process or redis with SERVICE=gateway, which has no database');
  return RATE_LIMITS === 'off' ? null : { perMinute: RATE_LIMIT_PER_MINUTE, store, redisUrl };
};

export const callerConfig = (
  values: Values,
  service: ServiceName | null,
  complain: Complain<keyof Values>,
): CallerConfig => ({
  corsOrigins: values.CORS_ORIGINS,
  trustProxy: values.TRUST_PROXY,
  rateLimits: rateLimitsOf(values, service, complain),
  idempotencyQuota: values.IDEMPOTENCY_QUOTA,
  sharedCacheTtl: values.SHARED_CACHE_TTL,
});
