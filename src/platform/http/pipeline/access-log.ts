import { performance } from 'node:perf_hooks';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { HttpMetrics } from '../operators/metrics.js';
import { OPERATOR_PATHS } from '../operators/operators.js';
import type { RequestState } from './state.js';

/** Longer than every path of the API; the log need not contain other paths in full. */
const MAX_PATH = 200;
/** The longest host name with a scheme and a port. */
const MAX_ORIGIN = 270;

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

/**
 * Writes one line and takes one measurement for each processed request: when its response is sent, or when its connection is gone
 * and its processing has ended. It logs no header, no body and no query string: they contain tokens and personal data.
 */
export const accessLog =
  (logger: Logger, metrics: HttpMetrics): Middleware<RequestState> =>
  async (ctx, next) => {
    const start = performance.now();
    let sent = false;
    // Node emits `finish` also when the connection of a response has broken.
    ctx.res.once('finish', () => (sent = !ctx.socket.destroyed && ctx.socket.errored === null));
    let hungUp = false;
    const record = (): void => {
      const durationMs = performance.now() - start;
      const { requestId, route, actor, code } = ctx.state;
      const pattern = route?.path ?? 'unmatched';
      const outcome = ctx.res.statusCode;
      const status = hungUp ? CLIENT_CLOSED_REQUEST : outcome;
      metrics.observe({ method: ctx.method, route: pattern, status }, durationMs / 1000);
      const line = {
        requestId,
        method: ctx.method,
        path: ctx.path.slice(0, MAX_PATH),
        route: pattern,
        status,
        ...(hungUp && { outcome }),
        ...(code !== undefined && { code }),
        durationMs: Math.round(durationMs * 10) / 10,
        ip: ctx.ip,
        ...(actor !== undefined && { user: actor.id }),
        ...(isForeign(ctx) && { refusedOrigin: ctx.get('Origin').slice(0, MAX_ORIGIN) }),
        ...(!sent && { aborted: true }),
      };
      if (OPERATOR_PATHS.has(pattern) && status < 400) logger.debug(line, 'request');
      else logger.info(line, 'request');
    };
    try {
      await next();
    } finally {
      // A request whose client has disconnected ends with its processing, which determines the outcome.
      hungUp = hasHungUp(ctx);
      if (ctx.res.closed) record();
      else ctx.res.once('close', record);
    }
  };
