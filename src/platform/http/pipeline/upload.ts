import type { Context } from 'koa';
import { expectSteadyBody } from '../connections/slow-senders.js';
import type { Upload } from '../routes/route.js';

/** Yields the body of a request. The request outlives a reader that stops early, so that its client still gets a response. */
const bytesOf = async function* (ctx: Context): AsyncGenerator<Uint8Array> {
  const { req } = ctx;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    if (req.destroyed && !req.complete) ctx.throw(400); // the client has hung up
    throw error;
  }
};

const isUtf8 = (ctx: Context): boolean => /^(?:utf-?8)?$/i.test(ctx.request.charset);
/** Compressed bodies are refused, as those of JSON are. */
const isPlain = (ctx: Context): boolean => /^(?:identity)?$/i.test(ctx.get('Content-Encoding'));

/** Begins to read a body of one of these media types; refuses any other one, and names them (RFC 9110 §15.5.16). */
export const uploadOf = (ctx: Context, mediaTypes: readonly string[]): Upload => {
  const mediaType = mediaTypes.find((each) => each === ctx.request.type.toLowerCase());
  if (mediaType === undefined || !isUtf8(ctx) || !isPlain(ctx)) {
    if (!isPlain(ctx)) ctx.set('Accept-Encoding', 'identity');
    ctx.set('Accept', mediaTypes.join(', '));
    ctx.req.resume();
    return ctx.throw(415);
  }
  expectSteadyBody(ctx.req);
  return { mediaType, bytes: bytesOf(ctx) };
};
