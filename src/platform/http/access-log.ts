import { performance } from 'node:perf_hooks';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import type { HttpMetrics } from './metrics.js';
import { OPERATOR_PATHS } from './operators.js';
import type { RequestState } from './state.js';

/**
 * One line and one measurement for each request, once its answer has left or its connection has broken. No header, no
 * body and no query string is logged: tokens and personal data travel in them.
 */
export const accessLog =
  (logger: Logger, metrics: HttpMetrics): Middleware<RequestState> =>
  (ctx, next) => {
    const start = performance.now();
    ctx.res.once('close', () => {
      const durationMs = performance.now() - start;
      const { requestId, route, actor } = ctx.state;
      const pattern = route?.path ?? 'unmatched';
      metrics.observe({ method: ctx.method, route: pattern, status: ctx.res.statusCode }, durationMs / 1000);
      const line = {
        requestId,
        method: ctx.method,
        path: ctx.path,
        route: pattern,
        status: ctx.res.statusCode,
        durationMs: Math.round(durationMs * 10) / 10,
        ip: ctx.ip,
        ...(actor !== undefined && { user: actor.id }),
        ...(!ctx.res.writableFinished && { aborted: true }),
      };
      if (OPERATOR_PATHS.has(ctx.path)) logger.debug(line, 'request');
      else logger.info(line, 'request');
    });
    return next();
  };
