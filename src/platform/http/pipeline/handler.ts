import { Readable } from 'node:stream';
import type { Middleware, ParameterizedContext } from 'koa';
import type { Now } from '#src/kernel/clock.js';
import type { IdempotencyKey } from '../../idempotency/idempotency-store.js';
import { parameters } from '#src/platform/schema/schema.js';
import type { InFlight } from '../overload/overload.js';
import type { SearchPlaces } from '../../search-places.js';
import { admit, type Authenticate } from './access.js';
import { networkOf } from '../connections/client-address.js';
import { costOf } from '../routes/cost.js';
import { jsonBody } from './json-body.js';
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

/** A route that names no query parameters has none. */
const NO_SEARCH = parameters({});

type Keying = Pick<HandlerOptions, 'now' | 'idempotencyQuota'>;

const keyOf = (
  route: Route,
  ctx: Context,
  { now, idempotencyQuota }: Keying,
  content: unknown,
): IdempotencyKey | undefined => {
  const field = ctx.get('Idempotency-Key');
  const caller = ctx.state.actor;
  if (caller === undefined || ctx.headers['idempotency-key'] === undefined || !acceptsKey(route))
    return undefined;
  return idempotencyKey(route, { caller, field, content, at: now(), quota: idempotencyQuota });
};

const newMeter = (): Meter => {
  let used = 0;
  return {
    get used() {
      return used;
    },
    add: (work) => {
      used += work;
    },
  };
};

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
    ifMatch: route.ifMatch && expectedVersion(conditions, route.ifMatch),
    request: { url: ctx.url },
    client: { address: ctx.ip, network: networkOf(ctx.ip), userAgent: ctx.get('User-Agent') },
    meter: newMeter(),
    exhausted: false,
    idempotencyKey: keyOf(route, ctx, keying, [params, search, body, ...conditionsAsked(conditions)]),
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
const forgetCaller = (ctx: Context): void => {
  if (/no-store|private/.test(ctx.response.get('Cache-Control'))) return;
  ctx.remove('RateLimit');
  ctx.remove('RateLimit-Policy');
  if (ctx.get(REQUEST_ID) === ctx.state.requestId) ctx.remove(REQUEST_ID);
};

const send = (route: Route, ctx: Context, { status, body, headers = {} }: Reply): void => {
  const etag = headers['ETag'];
  const unchanged =
    route.method === 'get' && etag !== undefined && matchesNone(ctx.get('If-None-Match'), etag);
  if (unchanged && body instanceof Readable) discard(body);
  ctx.set({ 'Cache-Control': cacheControlOf(route, ctx), ...headers });
  // Otherwise a shared cache would serve its stored response to an administrator.
  if (route.cache?.startsWith('public') === true) ctx.vary('Authorization');
  forgetCaller(ctx);
  // Koa sets 204 for a null body, so the status follows; a 304 consists of its headers.
  ctx.body = unchanged ? null : (body ?? null);
  ctx.status = unchanged ? 304 : status;
  if (!unchanged && body !== undefined && headers['Content-Type'] === undefined)
    ctx.type = mediaTypeOf(route, status);
};

/** Handles a matched request: authorise, validate, execute. */
export const handle = (
  route: Route,
  { authenticate, bodyLimit, limits, inSearchPlace, inFlight, ...keying }: HandlerOptions,
): readonly Middleware<RequestState>[] => {
  const gate = admit(authenticate);
  const enter: Middleware<RequestState> = async (ctx, next) => {
    ctx.state.route = route;
    const actor = await gate(route, ctx.get('Authorization'));
    if (actor !== undefined) {
      ctx.state.actor = actor;
      await limits?.byUser(ctx, actor.id);
    }
    if (route.body !== undefined) inFlight.leave(ctx.req);
    await next();
  };
  const answer: Middleware<RequestState> = async (ctx) => {
    // Password hashes have a queue of their own, in which a request may wait for seconds.
    if (route.limit?.effort === undefined) inFlight.enter(ctx.req);
    else inFlight.leave(ctx.req);
    const input = inputOf(route, ctx, keying);
    await limits?.charge(ctx, costOf(route, input.search) - 1);
    const reply = (exhausted: boolean) => route.answer({ ...input, exhausted });
    const work =
      route.isSearch?.(input.search) === true
        ? (exhausted: boolean) => inSearchPlace(input.client.network, () => reply(exhausted))
        : reply;
    const guarded = limits !== null && route.limit !== undefined;
    send(route, ctx, await (guarded ? limits.guard(ctx, route.limit, input, work) : work(false)));
  };
  return route.body === undefined
    ? [enter, answer]
    : [enter, jsonBody(bodyLimit, route.bodyOptional ?? false), answer];
};
