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

/**
 * Listens to the body as it comes in; afterwards tells whether it was UTF-8 (RFC 8259 §8.1). The parser puts replacement
 * characters where it was not, and those would be stored.
 */
const watchEncoding = ({ req }: Context): (() => boolean) => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decodes = (chunk?: Buffer): boolean => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
      return true;
    } catch {
      return false;
    }
  };
  let good = true;
  req.on('data', (chunk: Buffer) => {
    good &&= decodes(chunk);
  });
  return () => good && decodes();
};

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
    const isUtf8 = watchEncoding(ctx);
    await parse(ctx, () => {
      if (!isUtf8()) throw failHttp('malformed_json');
      // Without a length, or after a byte-order mark, it may turn out that there is nothing.
      if (ctx.request.rawBody === '' && !optional) throw failHttp('malformed_json');
      return next();
    });
  };
};
