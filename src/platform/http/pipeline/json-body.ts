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

const JSON_TYPE = 'application/json';
/** RFC 7396: what every PATCH here does, `null` included. */
const MERGE_PATCH = 'application/merge-patch+json';

const typesOf = ({ method }: Context): readonly string[] =>
  method === 'PATCH' ? [JSON_TYPE, MERGE_PATCH] : [JSON_TYPE];

/** Compressed bodies are not taken: ours are small, and what they inflate to need not be. */
const isPlain = (ctx: Context): boolean => /^(?:identity)?$/i.test(ctx.get('Content-Encoding'));

const isPlainJson = (ctx: Context): boolean =>
  ctx.is([...typesOf(ctx)]) !== false && /^(?:utf-?8)?$/i.test(ctx.request.charset) && isPlain(ctx);

/** Refuses what is not plain JSON and says what would be (RFC 9110 §15.5.16, RFC 5789 §2.2). */
const refuseType = (ctx: Context): never => {
  if (!isPlain(ctx)) ctx.set('Accept-Encoding', 'identity');
  ctx.set(ctx.method === 'PATCH' ? 'Accept-Patch' : 'Accept', typesOf(ctx).join(', '));
  return ctx.throw(415);
};

/** Waits for the first byte of the body, or for its end. */
const firstByte = async ({ req }: Context): Promise<Buffer | null> => {
  if (!req.destroyed)
    await new Promise<void>((resolve) => {
      req.once('readable', resolve).once('close', resolve);
    });
  return req.read(1) as Buffer | null;
};

/**
 * Returns whether the request has no body. Many clients send `Content-Length: 0` for none; a proxy that speaks HTTP/2 to its
 * clients sends chunks, of which it does not know yet that there are none.
 */
const isBodyless = async (ctx: Context): Promise<boolean> => {
  const { 'content-length': length = 0, 'transfer-encoding': coding } = ctx.req.headers;
  if (coding === undefined) return Number(length) === 0;
  if (isPlainJson(ctx)) return false; // the parser waits for it
  const first = await firstByte(ctx);
  if (first !== null) ctx.req.unshift(first);
  return first === null;
};

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
  // `__proto__` is a key like any other here: routes refuse it by name, as they do every field that they don't know.
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
    if (await isBodyless(ctx)) {
      if (!optional) throw failHttp('malformed_json');
      ctx.request.body = {};
      await next();
      return;
    }
    if (!isPlainJson(ctx)) refuseType(ctx);
    const isUtf8 = watchEncoding(ctx);
    await parse(ctx, () => {
      if (!isUtf8()) throw failHttp('malformed_json');
      // Without a length, or after a byte-order mark, it may turn out that there is nothing.
      if (ctx.request.rawBody === '' && !optional) throw failHttp('malformed_json');
      return next();
    });
  };
};
