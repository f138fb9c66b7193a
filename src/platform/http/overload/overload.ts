import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { IN_FLIGHT } from './in-flight-limit.js';
import { turns } from './turns.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The requests that are being processed. */
export interface InFlight {
  /** Counts a request, unless it has ended. */
  enter(request: IncomingMessage): void;
  /** Stops counting a request while it waits for what has a bound of its own: its client, or the queue of password hashes. */
  leave(request: IncomingMessage): void;
}

export interface OverloadObserver {
  refused(): void;
  /** Is given functions that return the present numbers. */
  watch(inFlight: () => number, limit: () => number): void;
}

export interface OverloadOptions {
  /** Returns how many requests may be in flight now; null sets no limit. */
  readonly limit: (() => number) | null;
  /** Paths that are always served. */
  readonly exempt: ReadonlySet<string>;
  readonly refuse: (request: IncomingMessage, response: ServerResponse) => void;
  readonly observer: OverloadObserver;
  readonly logger: Logger;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

export interface Overload extends InFlight {
  /** Returns a handler that refuses requests at once while too many are in flight. */
  readonly guard: (handle: RequestHandler) => RequestHandler;
}

/** Refusals have no line of their own in the log: writing it would cost more than the refusal. */
const LOG_EVERY_MS = 10_000;

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? url;

export const overload = ({ limit, exempt, refuse, observer, logger, clock }: OverloadOptions): Overload => {
  /** The requests that have not ended; only they can be counted. */
  const working = new Set<IncomingMessage>();
  const counted = new Set<IncomingMessage>();
  let refused = 0;
  let loggedAt = -Infinity;

  const turn = turns();
  const limitNow = limit ?? (() => Infinity);
  observer.watch(() => counted.size, limitNow);

  const record = (): void => {
    refused += 1;
    observer.refused();
    if (clock() - loggedAt < LOG_EVERY_MS) return;
    logger.warn(
      { refused, inFlight: counted.size, limit: limitNow() },
      'overloaded: requests are refused with 503',
    );
    loggedAt = clock();
    refused = 0;
  };

  /** Neither counted nor refused. A preflight is cheap, and a page learns nothing from a refused one. */
  const isExempt = (request: IncomingMessage): boolean =>
    request.method === 'OPTIONS' || exempt.has(pathOf(request));

  return {
    guard: (handle) => async (request, response) => {
      if (isExempt(request)) return handle(request, response);
      const turnCome = turn();
      if (turnCome !== null) await turnCome;
      if (response.closed) return; // its client has gone meanwhile
      if (counted.size >= IN_FLIGHT.least && counted.size >= limitNow()) {
        record();
        refuse(request, response);
        return;
      }
      working.add(request);
      counted.add(request);
      try {
        await handle(request, response);
      } finally {
        working.delete(request);
        counted.delete(request);
      }
    },
    enter: (request) => {
      if (working.has(request)) counted.add(request);
    },
    leave: (request) => {
      counted.delete(request);
    },
  };
};
