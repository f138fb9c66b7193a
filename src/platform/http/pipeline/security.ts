import cors from '@koa/cors';
import type { Middleware } from 'koa';
import helmet from 'koa-helmet';
import { REQUEST_ID } from './request-id.js';

/** What scripts on other origins may read of an answer, beside what Fetch always lets them. */
const EXPOSED = [
  'ETag',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
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

/** Headers that keep a browser from making more of an answer than data. */
export const securityHeaders = (tls: boolean): Middleware =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: tls && { maxAge: ONE_YEAR, includeSubDomains: false },
    xContentTypeOptions: true,
    xFrameOptions: { action: 'deny' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // The rest is for pages, which this server has one of, or for browsers that are gone.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xPoweredBy: false,
    xXssProtection: false,
  });

/**
 * CORS for exactly the listed origins. `null`, which every sandboxed page calls itself, is never one of them. No
 * credentials: tokens travel in `Authorization`, not in cookies.
 */
export const crossOrigin = (origins: readonly string[]): Middleware => {
  const allowed = new Set(origins.filter((origin) => origin !== 'null' && origin !== '*'));
  return cors({
    origin: (ctx) => (allowed.has(ctx.get('Origin')) ? ctx.get('Origin') : ''),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED,
    maxAge: 600,
  });
};
