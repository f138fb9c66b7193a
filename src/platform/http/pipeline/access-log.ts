import { performance } from 'node:perf_hooks';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { HttpMetrics } from '../operators/metrics.js';
import { OPERATOR_PATHS } from '../operators/operators.js';
import { isOperation } from '../services/operation.js';
import type { RequestState } from './state.js';

/** Longer than every path of the API; the log need not contain other paths in full. */
const MAX_PATH = 200;
/** The longest host name with a scheme and a port. */
const MAX_ORIGIN = 270;

type LoggedContext = Context & { readonly state: RequestState };

/** Returns whether a browser hides the response from the page that has sent the request. */
const isForeign = (ctx: Context): boolean => {
  const origin = ctx.get('Origin');
  const isOwn = origin.replace(/^https?:\/\//, '') === ctx.get('Host');
  return origin !== '' && !isOwn && !ctx.res.hasHeader('Access-Control-Allow-Origin');
};

/** Status of a request whose client hung up before its response began, as nginx logs it. No client reads it. */
const CLIENT_CLOSED_REQUEST = 499;

/** Returns whether the client is gone although no byte of the response has been sent. */
const hasHungUp = ({ res }: Context): boolean =>
  !res.headersSent && (res.closed || res.socket?.writable !== true);

interface Ending {
  readonly durationMs: number;
  /** Whether the whole response has been sent. */
  readonly isSent: boolean;
  readonly hungUp: boolean;
}

/** Returns what a line says of a request; members that are undefined are left out. */
const lineOf = (ctx: LoggedContext, { durationMs, isSent, hungUp }: Ending) => {
  const { requestId, route, actor, code } = ctx.state;
  const outcome = ctx.res.statusCode;
  return {
    requestId,
    method: ctx.method,
    path: ctx.path.slice(0, MAX_PATH),
    route: route?.path ?? 'unmatched',
    status: hungUp ? CLIENT_CLOSED_REQUEST : outcome,
    outcome: hungUp ? outcome : undefined,
    code,
    durationMs: Math.round(durationMs * 10) / 10,
    ip: ctx.ip,
    user: actor?.id,
    refusedOrigin: isForeign(ctx) ? ctx.get('Origin').slice(0, MAX_ORIGIN) : undefined,
    aborted: isSent ? undefined : true,
  };
};

/** Returns whether a route is called by machines all the time, for what other lines of the log show. */
const isRoutine = (path: string): boolean => OPERATOR_PATHS.has(path) || isOperation({ path });

/**
 * Writes one line and takes one measurement for each processed request: when its response is sent, or when its connection is gone
 * and its processing has ended. It logs no header, no body and no query string: they contain tokens and personal data.
 */
export const accessLog = (parent: Logger, metrics: HttpMetrics): Middleware<RequestState> => {
  // Nothing in a line is secret, and searching it for secrets costs more than writing it.
  const logger = parent.child({}, { redact: [] });
  const record = (ctx: LoggedContext, ending: Ending): void => {
    const line = lineOf(ctx, ending);
    metrics.observe(line, ending.durationMs / 1000);
    if (isRoutine(line.route) && line.status < 400) logger.debug(line, 'request');
    else logger.info(line, 'request');
  };
  return async (ctx, next) => {
    const start = performance.now();
    const { res } = ctx;
    let isSent = false;
    // Node emits `finish` also when the connection of a response has broken.
    res.on('finish', () => (isSent = !ctx.socket.destroyed && ctx.socket.errored === null));
    try {
      await next();
    } finally {
      // A request whose client has disconnected ends with its processing, which determines the outcome.
      const hungUp = hasHungUp(ctx);
      const end = (): void => {
        record(ctx, { durationMs: performance.now() - start, isSent, hungUp });
      };
      if (res.closed) end();
      else res.on('close', end);
    }
  };
};
