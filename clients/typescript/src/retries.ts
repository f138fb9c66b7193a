import type { Send } from './calls.js';

export interface RetryOptions {
  /** How often a request is repeated at most; 0 for never. 4 unless given. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first repetition; each further one waits twice as long, with jitter. 300 unless given. */
  readonly baseDelay?: number | undefined;
  /** Milliseconds that a wait takes at most. A response whose `Retry-After` is later is returned. 30,000 unless given. */
  readonly maxDelay?: number | undefined;
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const wait: Wait = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      // An AbortSignal's reason is whatever the caller of abort() has given.
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });

const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Statuses of a shop, or of a proxy before it, that is away for a moment. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Returns whether a repetition does what one request does. With a condition, such as `If-Match`, a repetition of a request that
 * succeeded would fail.
 */
const isRepeatable = ({ method, headers }: Request): boolean =>
  headers.has('Idempotency-Key') || (IDEMPOTENT_METHODS.has(method) && !headers.has('If-Match'));

/** Returns the milliseconds of `Retry-After`, which is seconds or a date (RFC 9110); null without one. */
const retryAfter = ({ headers }: Response): number | null => {
  const value = headers.get('Retry-After');
  if (value === null) return null;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? null : Math.max(milliseconds, 0);
};

/** Returns whether the first of two requests with one `Idempotency-Key` is still running. */
const isInProgress = async (request: Request, response: Response): Promise<boolean> => {
  if (response.status !== 409 || !request.headers.has('Idempotency-Key')) return false;
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return (problem as { readonly code?: unknown } | null)?.code === 'request_in_progress';
};

/** A 429 refuses a request before anything is done, so any request may be sent again. */
const mayRepeat = async (request: Request, response: Response): Promise<boolean> =>
  response.status === 429 ||
  (AWAY.has(response.status) && isRepeatable(request)) ||
  isInProgress(request, response);

/** Reads a response whose request has a key to its end, so that a connection that breaks meanwhile leads to a repetition. */
const received = async (request: Request, response: Response): Promise<Response> => {
  if (!request.headers.has('Idempotency-Key') || response.body === null) return response;
  return new Response(await response.arrayBuffer(), response);
};

/**
 * Repeats a request after a network error, and after a response that says that the shop is busy or away, if a repetition cannot do
 * anything twice. A repeated request is the same, its `Idempotency-Key` included.
 */
export const withRetries =
  (
    send: Send,
    { retries = 4, baseDelay = 300, maxDelay = 30_000 }: RetryOptions = {},
    pause: Wait = wait,
  ): Send =>
  async (request) => {
    for (let attempt = 0; ; attempt += 1) {
      const isLast = attempt >= retries;
      let delay = Math.min(maxDelay, baseDelay * 2 ** attempt) * (0.5 + Math.random() / 2);
      try {
        const response = await received(request, await send(request.clone()));
        if (isLast || !(await mayRepeat(request, response))) return response;
        delay = retryAfter(response) ?? delay;
        if (delay > maxDelay) return response;
        await response.body?.cancel();
      } catch (error) {
        if (isLast || request.signal.aborted || !isRepeatable(request)) throw error;
      }
      await pause(delay, request.signal);
    }
  };
