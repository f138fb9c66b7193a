import { AsyncLocalStorage } from 'node:async_hooks';
import type { Middleware } from 'koa';
import type { RequestState } from './state.js';

export const REQUEST_ID = 'X-Request-Id';

/** An id from outside goes into logs and answers, so it is taken over only when it can do no harm there. */
const SANE = /^[\w.:-]{1,128}$/;

const current = new AsyncLocalStorage<string>();

/** Gives lines that are logged deep inside a request its id: pino's `mixin`. Empty outside of any request. */
export const requestMixin = (): { readonly requestId?: string } => {
  const requestId = current.getStore();
  return requestId === undefined ? {} : { requestId };
};

/** Names the request: by the caller's `X-Request-Id`, or a new id. */
export const requestId =
  (newId: () => string): Middleware<RequestState> =>
  (ctx, next) => {
    const given = ctx.get(REQUEST_ID);
    const id = SANE.test(given) ? given : newId();
    ctx.state.requestId = id;
    ctx.set(REQUEST_ID, id);
    return current.run(id, next);
  };
