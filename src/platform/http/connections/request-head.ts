import type { Middleware } from 'koa';

/** Far more than browsers and proxies send. */
const MAX_FIELDS = 100;

/**
 * Refuses heads that Node accepts and RFC 9110 does not: without exactly one `Host`, or with another expectation than
 * `100-continue`. Node would respond to those itself, without a problem document; `listen` leaves them to the app. It also
 * refuses more fields than any client needs.
 */
export const requestHead: Middleware = (ctx, next) => {
  const { httpVersion, headersDistinct, rawHeaders } = ctx.req;
  if (rawHeaders.length > 2 * MAX_FIELDS) ctx.throw(431);
  const { host = [], expect = [] } = headersDistinct;
  if (host.length > 1 || (host.length === 0 && httpVersion === '1.1')) ctx.throw(400);
  if (expect.some((expectation) => expectation.toLowerCase() !== '100-continue')) ctx.throw(417);
  return next();
};
