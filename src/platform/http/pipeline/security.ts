import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from '@koa/cors';
import helmet, { type HelmetOptions } from 'helmet';
import type { Middleware } from 'koa';
import { REQUEST_ID } from './request-id.js';
import type { Step } from './steps.js';

/** Headers that scripts on other origins may read, in addition to those that Fetch always exposes. */
const EXPOSED = [
  'ETag',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Deprecation',
  'Sunset',
  'Idempotent-Replayed',
  REQUEST_ID,
];

const ALLOWED = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Idempotency-Key',
  'traceparent',
  REQUEST_ID,
];

const ONE_YEAR = 31_536_000;

const helmetOptions = (tls: boolean): HelmetOptions => ({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  referrerPolicy: { policy: 'no-referrer' },
  strictTransportSecurity: tls && { maxAge: ONE_YEAR, includeSubDomains: false },
  xContentTypeOptions: true,
  xFrameOptions: { action: 'deny' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // The others are for pages, of which this server has one, or for obsolete browsers.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false,
});

/**
 * Returns the fields that keep a browser from treating a response as anything but data. They never differ, so helmet makes them
 * once.
 */
export const securityHeaderFields = (tls: boolean): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {};
  const recorder = {
    setHeader: (name: string, value: string) => (headers[name] = value),
    removeHeader: () => undefined,
  };
  helmet(helmetOptions(tls))(
    {} as unknown as IncomingMessage,
    recorder as unknown as ServerResponse,
    () => undefined,
  );
  return headers;
};

export const securityHeaders = (tls: boolean): Step => {
  const fields = Object.entries(securityHeaderFields(tls));
  return ({ res }) => {
    for (const [name, value] of fields) res.setHeader(name, value);
  };
};

const allowedIn = (origins: readonly string[]): ReadonlySet<string> =>
  new Set(origins.filter((origin) => origin !== 'null' && origin !== '*'));

/**
 * Allows CORS for exactly the listed origins. `null`, the origin of every sandboxed page, is never one of them. No credentials:
 * tokens travel in `Authorization`, not in cookies.
 */
export const crossOrigin = (origins: readonly string[]): Middleware => {
  const allowed = allowedIn(origins);
  const withOrigin = cors({
    origin: (ctx) => (allowed.has(ctx.get('Origin')) ? ctx.get('Origin') : ''),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED,
    maxAge: 600,
  });
  return (ctx, next) => {
    if (ctx.headers.origin !== undefined) return withOrigin(ctx, next) as Promise<unknown>;
    ctx.res.setHeader('Vary', 'Origin');
    return next();
  };
};

/** Returns a function from the origin of a request to the fields, name and value in turn, that `crossOrigin` sets for it. */
export const corsHeaders = (origins: readonly string[]): ((origin?: string) => readonly string[]) => {
  const allowed = allowedIn(origins);
  const exposed = EXPOSED.join(',');
  return (origin = '') =>
    allowed.has(origin)
      ? ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', exposed]
      : [];
};
