import { Readable } from 'node:stream';
import type { ParameterizedContext } from 'koa';
import type { Now } from '#src/kernel/clock.js';
import type { IdempotencyKey } from '../../idempotency/idempotency-store.js';
import { parameters } from '#src/platform/schema/schema.js';
import type { InFlight } from '../overload/overload.js';
import type { SearchPlaces } from '../../search-places.js';
import { admit, type Authenticate } from './access.js';
import { networkOf } from '../connections/client-address.js';
import { costOf } from '../routes/cost.js';
import { deprecationHeaders } from '../routes/deprecation.js';
import { jsonBody } from './json-body.js';
import { uploadOf } from './upload.js';
import { expectedVersion, matchesNone, type ConditionalFields } from './preconditions.js';
import type { RateLimits } from './rate-limits.js';
import type { Reply } from '../routes/reply.js';
import { REQUEST_ID } from './request-id.js';
import { idempotencyKey, acceptsKey } from './idempotency-key.js';
import type { Meter, Route, RouteInput } from '../routes/route.js';
import type { RequestState } from './state.js';
import { checkBody, checkParams, checkSearch } from '../routes/validation.js';

export interface HandlerOptions {
  readonly authenticate: Authenticate;
  /** Maximum size of a body, as the `bytes` package writes sizes: `100kb`. */
  readonly bodyLimit: string;
  readonly now: Now;
  /** Maximum number of bytes stored for a customer's replies under Idempotency-Keys. */
  readonly idempotencyQuota: number;
  /** Null disables them. */
  readonly limits: RateLimits | null;
  readonly inSearchPlace: SearchPlaces;
  readonly inFlight: InFlight;
}

type Context = ParameterizedContext<RequestState, { params?: unknown }>;

const NO_HEADERS: Readonly<Record<string, string>> = {};

const JSON_TYPE = 'application/json';
const JSON_UTF_8 = 'application/json; charset=utf-8';

/** A route that names no query parameters has none. */
export const NO_SEARCH = parameters({});

type Keying = Pick<HandlerOptions, 'now' | 'idempotencyQuota'>;

const keyOf = (
  route: Route,
  ctx: Context,
  { now, idempotencyQuota }: Keying,
  content: unknown,
): IdempotencyKey | undefined => {
  const field = ctx.get('Idempotency-Key');
  const caller = ctx.state.actor;
  if (caller === undefined || ctx.headers['idempotency-key'] === undefined) return undefined;
  return idempotencyKey(route, { caller, field, content, at: now(), quota: idempotencyQuota });
};

class RequestMeter implements Meter {
  used = 0;

  add(work: number): void {
    this.used += work;
  }
}

const inputOf = (route: Route, ctx: Context, keying: Keying): RouteInput => {
  const params = route.params && checkParams(route.params, ctx.params);
  const search = checkSearch(route.search ?? NO_SEARCH, ctx.querystring);
  const body = route.body && checkBody(route.body, ctx.request.body);
  const conditions = { ifMatch: ctx.get('If-Match'), ifNoneMatch: ctx.get('If-None-Match') };
  return {
    actor: ctx.state.actor,
    params,
    search: route.search && search,
    body,
    upload: route.upload && uploadOf(ctx, Object.keys(route.upload)),
    ifMatch: route.ifMatch && expectedVersion(conditions, route.ifMatch),
    request: { url: ctx.url, prefers: (mediaTypes) => ctx.accepts([...mediaTypes]) },
    client: { address: ctx.ip, network: networkOf(ctx.ip), userAgent: ctx.get('User-Agent') },
    meter: new RequestMeter(),
    exhausted: false,
    idempotencyKey: acceptsKey(route)
      ? keyOf(route, ctx, keying, [params, search, body, ...conditionsAsked(conditions)])
      : undefined,
  };
};

/** Returns the conditions as part of the requested content; absent ones do not change the fingerprints of older requests. */
const conditionsAsked = ({ ifMatch, ifNoneMatch }: ConditionalFields): readonly string[] =>
  ifNoneMatch === '' ? [ifMatch] : [ifMatch, ifNoneMatch];

const mediaTypeOf = (route: Route, status: number): string => {
  const documented = route.replies[status]?.mediaType ?? 'application/json';
  return typeof documented === 'string' ? documented : (documented[0] ?? 'application/json');
};

/** Destroys a stream that Koa does not receive, with its resources; its error must not end the process. */
const discard = (stream: Readable): void => void stream.on('error', () => undefined).destroy();

/** Returns the `Cache-Control` of a success. No cache may store one caller's response for another caller. */
const cacheControlOf = ({ cache = 'no-store' }: Route, ctx: Context): string =>
  ctx.get('Authorization') === '' ? cache : cache.replace('public', 'private').replace(/, s-maxage=\d+/, '');

/** Removes what a response tells only its caller, if a shared cache may store it. */
export const forgetCaller = (ctx: Context): void => {
  if (/no-store|private/.test(ctx.response.get('Cache-Control'))) return;
  ctx.remove('RateLimit');
  ctx.remove('RateLimit-Policy');
  if (ctx.get(REQUEST_ID) === ctx.state.requestId) ctx.remove(REQUEST_ID);
};

/** Returns whether a body is neither text, bytes nor a stream. */
const isPlain = (body: unknown): boolean =>
  typeof body !== 'string' && !Buffer.isBuffer(body) && !(body instanceof Readable);

const send = (route: Route, ctx: Context, { status, body, headers = NO_HEADERS }: Reply): void => {
  const { res } = ctx;
  const etag = headers['ETag'];
  const unchanged =
    route.method === 'get' && etag !== undefined && matchesNone(ctx.get('If-None-Match'), etag);
  if (unchanged && body instanceof Readable) discard(body);
  res.setHeader('Cache-Control', cacheControlOf(route, ctx));
  for (const name in headers) res.setHeader(name, headers[name] ?? '');
  // Otherwise a shared cache would serve its stored response to an administrator.
  if (route.cache?.startsWith('public') === true) ctx.vary('Authorization');
  if (route.replies[status]?.alternatives !== undefined) ctx.vary('Accept');
  forgetCaller(ctx);
  const isEmpty = unchanged || body === undefined || body === null;
  const mediaType = isEmpty || headers['Content-Type'] !== undefined ? null : mediaTypeOf(route, status);
  // Set before the body: otherwise Koa guesses it, which costs more.
  if (mediaType === JSON_TYPE) res.setHeader('Content-Type', JSON_UTF_8);
  // Koa sets 204 for a null body, so the status follows; a 304 consists of its headers.
  if (isEmpty) ctx.body = null;
  else ctx.body = isPlain(body) ? JSON.stringify(body) : body;
  ctx.status = unchanged ? 304 : status;
  if (mediaType !== null && mediaType !== JSON_TYPE) ctx.type = mediaType;
};

/** Answers through the route's cache, if it has one. */
const cachedAnswer = (route: Route, input: RouteInput, cost: number): Promise<Reply> => {
  const { cached } = route;
  if (!cached?.in) return route.answer(input);
  return cached.in.answer(input.request.url, cost, async () => {
    const reply = await route.answer(input);
    return { reply, tags: cached.tags(reply, input.search) };
  });
};

/** Authenticates the caller, applies the access rule, and counts the request under the caller's rate limit. */
export const authorising = (
  route: Route,
  { authenticate, limits }: Pick<HandlerOptions, 'authenticate' | 'limits'>,
): ((ctx: Context) => Promise<void>) => {
  const gate = admit(authenticate);
  return async (ctx) => {
    const actor = await gate(route, ctx.get('Authorization'));
    if (actor === undefined) return;
    ctx.state.actor = actor;
    await limits?.byCaller(ctx, actor);
  };
};

/** Handles a matched request: authorise, validate, execute. */
export const handle = (
  route: Route,
  { authenticate, bodyLimit, limits, inSearchPlace, inFlight, ...keying }: HandlerOptions,
): ((ctx: Context) => Promise<void>) => {
  const authorise = authorising(route, { authenticate, limits });
  const readBody = route.body === undefined ? null : jsonBody(bodyLimit, route.bodyOptional ?? false);
  const deprecation = Object.entries(deprecationHeaders(route));
  const execute = (ctx: Context, input: RouteInput, cost: number): Promise<Reply> => {
    const reply = (exhausted: boolean) =>
      cachedAnswer(route, exhausted ? { ...input, exhausted } : input, cost);
    const work =
      route.isSearch?.(input.search) === true
        ? (exhausted: boolean) => inSearchPlace(input.client.network, () => reply(exhausted))
        : reply;
    return limits === null || route.limit === undefined
      ? work(false)
      : limits.guard(ctx, route.limit, input, work);
  };
  return async (ctx) => {
    ctx.state.route = route;
    for (const [name, value] of deprecation) ctx.set(name, value);
    const ready = route.cached?.in?.find(ctx.url) ?? null;
    if (ready !== null) {
      if (limits !== null && ready.cost > 1) await limits.charge(ctx, ready.cost - 1);
      send(route, ctx, ready.reply);
      return;
    }
    if (route.access !== 'anyone') await authorise(ctx);
    if (readBody !== null) {
      inFlight.leave(ctx.req);
      await readBody(ctx, () => Promise.resolve());
    }
    // Password hashes have a queue of their own, in which a request may wait for seconds.
    if (route.limit?.effort === undefined && route.upload === undefined) inFlight.enter(ctx.req);
    else inFlight.leave(ctx.req);
    const input = inputOf(route, ctx, keying);
    const cost = costOf(route, input.search);
    if (limits !== null && cost > 1) await limits.charge(ctx, cost - 1);
    try {
      send(route, ctx, await execute(ctx, input, cost));
    } finally {
      // Drops the rest of an upload: otherwise a client that is still sending would not see the refusal.
      if (route.upload !== undefined) ctx.req.resume();
    }
  };
};
