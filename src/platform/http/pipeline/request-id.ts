import type { Step } from './steps.js';

export const REQUEST_ID = 'X-Request-Id';

/** A client's id goes into logs and responses, so only a harmless one is accepted. */
const SANE = /^[\w.:-]{1,128}$/;

/** Returns a client's id if it is harmless; null for any other, or none. */
export const sanitizedId = (given: string | readonly string[] | undefined): string | null =>
  typeof given === 'string' && SANE.test(given) ? given : null;

/** Sets the request's id: the caller's `X-Request-Id`, or a new id. */
export const requestId =
  (newId: () => string): Step =>
  (ctx) => {
    const id = sanitizedId(ctx.get(REQUEST_ID)) ?? newId();
    ctx.state.requestId = id;
    ctx.res.setHeader(REQUEST_ID, id);
  };
