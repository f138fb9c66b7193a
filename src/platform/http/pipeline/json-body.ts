import { isUtf8 } from 'node:buffer';
import type bodyParser from 'koa-bodyparser';
import type { Context, Middleware } from 'koa';
import { failHttp } from './errors.js';

/** Fails if the client has hung up in the middle of the body. */
const requireClient = (ctx: Context): void => {
  if (ctx.req.destroyed && !ctx.req.complete) ctx.throw(400);
};

const refuse = (error: Error, ctx: Context): never => {
  requireClient(ctx);
  const status: unknown = 'status' in error ? error.status : undefined;
  if (status === 400) throw failHttp('malformed_json');
  // Reads and drops the rest of the body: otherwise a client that is still sending would not see the response.
  ctx.req.resume();
  throw error;
};

const JSON_TYPE = 'application/json';
/** RFC 7396: the semantics of every PATCH here, including `null`. */
const MERGE_PATCH = 'application/merge-patch+json';

const typesOf = ({ method }: Context): readonly string[] =>
  method === 'PATCH' ? [JSON_TYPE, MERGE_PATCH] : [JSON_TYPE];

/**
 * Returns whether the body is uncompressed. Compressed ones are refused: request bodies are small, and what they inflate to need
 * not be.
 */
const isPlain = (ctx: Context): boolean => /^(?:identity)?$/i.test(ctx.get('Content-Encoding'));

const isPlainJson = (ctx: Context): boolean =>
  ctx.is([...typesOf(ctx)]) !== false && /^(?:utf-?8)?$/i.test(ctx.request.charset) && isPlain(ctx);

/** Refuses what is not plain JSON and names what is accepted (RFC 9110 §15.5.16, RFC 5789 §2.2). */
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
 * Returns whether the request has no body. Many clients send `Content-Length: 0` for none; a proxy that accepts HTTP/2 sends
 * chunked encoding before it knows that the body is empty.
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
 * Listens to the body as it arrives; the returned function returns whether it was UTF-8 (RFC 8259 §8.1). The parser replaces
 * invalid bytes by replacement characters, which would be stored.
 */
const watchEncoding = ({ req }: Context): (() => boolean) => {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  const decodes = (chunk?: Buffer): boolean => {
    // Most bodies are one chunk. A decoder costs more than all else here; only a character that two chunks share needs one.
    if (decoder === undefined && (chunk === undefined || isUtf8(chunk))) return true;
    decoder ??= new TextDecoder('utf-8', { fatal: true });
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
  // `__proto__` is a key like any other here: routes refuse it by name, like every unknown field.
  onProtoPoisoning: 'ignore',
  onerror: refuse,
});

/**
 * Reads the body as one JSON object or array of at most `limit` (`100kb`). For an empty body, `optional` decides between `{}` and
 * `malformed_json`.
 */
export const jsonBody = (limit: string, optional: boolean): Middleware => {
  let parser: Promise<Middleware> | undefined;
  const load = async (): Promise<Middleware> => (await import('koa-bodyparser')).default(optionsFor(limit));
  return async (ctx, next) => {
    requireClient(ctx); // the parser would report it as an error of the server
    if (await isBodyless(ctx)) {
      if (!optional) throw failHttp('malformed_json');
      ctx.request.body = {};
      await next();
      return;
    }
    if (!isPlainJson(ctx)) refuseType(ctx);
    const parse = await (parser ??= load());
    const wasUtf8 = watchEncoding(ctx); // from here on the body arrives
    await parse(ctx, () => {
      if (!wasUtf8()) throw failHttp('malformed_json');
      // Without a length, or after a byte-order mark, the body may turn out to be empty.
      if (ctx.request.rawBody === '' && !optional) throw failHttp('malformed_json');
      return next();
    });
  };
};
