import { STATUS_CODES } from 'node:http';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { type DomainError, type ErrorDetails, isDomainError } from '#src/kernel/errors.js';
import { PROBLEM_OF_STATUS, problemEntry, type ProblemEntry } from './errors.js';
import type { RequestState } from './state.js';

/** Seconds after which a client that received a 503 may try again. */
const RETRY_AFTER = '5';

/** The only problem type that another document defines (draft-ietf-httpapi-ratelimit-headers-10). */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

/** A problem document (RFC 9457). `code` identifies the problem; `type` is `about:blank` unless a page explains it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly requestId: string;
}

export interface Occurrence {
  /** The path of the request, without its query string, whose values may be secret. */
  readonly instance: string;
  readonly requestId: string;
}

/** Makes a problem document. `details` become extension members; none of them can replace a standard one. */
export const problem = (
  { status, code, message }: ProblemEntry,
  { instance, requestId }: Occurrence,
  details: ErrorDetails = {},
): Problem => {
  const standard = {
    type: status === 429 ? QUOTA_EXCEEDED : 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    instance,
    code,
    requestId,
  };
  return { ...standard, ...details, ...standard };
};

/** Returns the entry of a thrown value. Anything that is neither a refusal nor an HTTP error is a bug of the shop: 500. */
const entryOf = (error: unknown): ProblemEntry => {
  if (isDomainError(error)) return problemEntry(error);
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return status !== 500 && typeof status === 'number' && status in PROBLEM_OF_STATUS
    ? PROBLEM_OF_STATUS[status as keyof typeof PROBLEM_OF_STATUS]
    : PROBLEM_OF_STATUS[500];
};

const headersFor = (
  { status, code }: ProblemEntry,
  { retryAfter, scope }: ErrorDetails,
): Record<string, string> => {
  if (status === 401) {
    return { 'WWW-Authenticate': code === 'invalid_token' ? 'Bearer error="invalid_token"' : 'Bearer' };
  }
  // RFC 6750 §3.1: without a scope where none is enough.
  if (code === 'user_required') return { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' };
  if (code === 'insufficient_scope') {
    return { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${String(scope)}"` };
  }
  if (status === 429 && typeof retryAfter === 'number') return { 'Retry-After': String(retryAfter) };
  return status === 503 ? { 'Retry-After': RETRY_AFTER } : {};
};

/** Returns the refusal for an error of a dependency; null for an unknown error. */
export type AsRefusal = (error: unknown) => DomainError | null;

/**
 * Responds to every error with a problem document and logs the shop's own errors, including the stack. `instance` begins with the
 * public path.
 */
export const problems =
  (logger: Logger, asRefusal: AsRefusal, publicPath: string): Middleware<RequestState> =>
  async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = asRefusal(thrown) ?? thrown;
      const entry = entryOf(error);
      const { requestId, route } = ctx.state;
      if (entry.status === 500) logger.error({ requestId, err: thrown }, entry.message);
      // A refusal without a cause is the shop's own decision, and the line of its request says all of it.
      const isDecision = isDomainError(thrown) && thrown.cause === undefined;
      if (entry.status === 503 && !isDecision) logger.warn({ requestId, err: thrown }, entry.message);
      const facts = isDomainError(error) ? error.details : {};
      const details = route?.details?.[entry.code]?.(facts) ?? facts;
      ctx.state.code = entry.code;
      ctx.status = entry.status;
      ctx.set({ 'Cache-Control': 'no-store', ...headersFor(entry, details) });
      ctx.remove('ETag');
      ctx.body = problem(entry, { instance: `${publicPath}${ctx.path}`, requestId }, details);
      ctx.type = 'application/problem+json';
    }
  };
