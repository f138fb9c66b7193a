import type { Middleware } from 'koa';
import type { RequestState } from './state.js';

export const REQUEST_ID = 'X-Request-Id';

/** A client's id goes into logs and responses, so only a harmless one is accepted. */
const SANE = /^[\w.:-]{1,128}$/;

/** Sets the request's id: the caller's `X-Request-Id`, or a new id. */
export const requestId =
  (newId: () => string): Middleware<RequestState> =>
  (ctx, next) => {
    const given = ctx.get(REQUEST_ID);
    const id = SANE.test(given) ? given : newId();
    ctx.state.requestId = id;
    ctx.set(REQUEST_ID, id);
    return next();
  };
