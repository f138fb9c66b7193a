import bodyParser from 'koa-bodyparser';
import type { Context, Middleware } from 'koa';
import { failHttp } from './errors.js';

const refuse = (error: Error, ctx: Context): never => {
  const status: unknown = 'status' in error ? error.status : undefined;
  if (status === 400) throw failHttp('malformed_json');
  // What is left of the body is read and dropped: a client that is still sending would not see the answer otherwise.
  ctx.req.resume();
  throw error;
};

/** Whether the request has no body at all; `Content-Length: 0` is what many clients send for none. */
const isBodyless = (ctx: Context): boolean => ctx.request.length === 0 || ctx.is('json') === null;

/** Compressed bodies are not taken: ours are small, and what they inflate to need not be. */
const isPlainJson = (ctx: Context): boolean =>
  ctx.is('application/json') === 'application/json' &&
  /^(?:utf-?8)?$/i.test(ctx.request.charset) &&
  /^(?:identity)?$/i.test(ctx.get('Content-Encoding'));

/** The parser knows more options than its types. */
const optionsFor = (jsonLimit: string): bodyParser.Options & { onProtoPoisoning: 'ignore' } => ({
  enableTypes: ['json'],
  jsonLimit,
  detectJSON: isPlainJson,
  // `__proto__` is a key like any other here: rows refuse it by name, as they do every field that they don't know.
  onProtoPoisoning: 'ignore',
  onerror: refuse,
});

/**
 * Reads the body as one JSON object or array of at most `limit` (`100kb`). Without one, `optional` decides between `{}`
 * and `malformed_json`.
 */
export const jsonBody = (limit: string, optional: boolean): Middleware => {
  const parse: Middleware = bodyParser(optionsFor(limit));
  return async (ctx, next) => {
    if (isBodyless(ctx)) {
      if (!optional) throw failHttp('malformed_json');
      ctx.request.body = {};
      await next();
      return;
    }
    if (!isPlainJson(ctx)) ctx.throw(415);
    await parse(ctx, () => {
      // Without a length, or after a byte-order mark, it may turn out that there is nothing.
      if (ctx.request.rawBody === '' && !optional) throw failHttp('malformed_json');
      return next();
    });
  };
};
