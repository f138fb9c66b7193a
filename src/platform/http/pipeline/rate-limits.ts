import type { Context, Middleware } from 'koa';
import { LRUCache } from 'lru-cache';
import { isKey, type Actor, type Scope } from '#src/kernel/actor.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { Count, Quota, RateCounter, RateCounters } from '../../limits/rate-counter.js';
import { networkOf } from '../connections/client-address.js';
import { failHttp } from './errors.js';
import { drawsOfName, keyUnder, secretDrawAnywhere, secretDrawHere, type Draw } from './limit-draws.js';
import type { LimitedAccount, RouteInput, RowLimit } from '../routes/route.js';
import type { RequestState } from './state.js';

export interface RateLimitOptions extends RateCounters {
  /** Maximum number of requests per minute, of an address, of a user and of an API key; null for none. */
  readonly perMinute: number | null;
}

type LimitedContext = Context & { readonly state: RequestState };

/** Does the work of a route; see `RouteInput.exhausted`. */
type LimitedWork<T> = (exhausted: boolean) => Promise<T>;

export interface RateLimits {
  readonly byAddress: Middleware<RequestState>;
  byCaller(ctx: LimitedContext, caller: Actor<Scope>): Promise<void>;
  /** Counts a request's cost beyond one, for its caller and its address. */
  charge(ctx: LimitedContext, points: number): Promise<void>;
  /** Does the work of a route under its limit. */
  guard<T>(ctx: LimitedContext, limit: RowLimit, input: RouteInput, work: LimitedWork<T>): Promise<T>;
}

const secondsOf = ({ resetMs }: Count): number => Math.max(1, Math.ceil(resetMs / 1000));

/** Shows every quota on which this request has drawn (draft-ietf-httpapi-ratelimit-headers-10). */
const show = (ctx: LimitedContext, quota: Quota, count: Count): void => {
  const quotas = (ctx.state.quotas ??= new Map());
  quotas.set(quota, count);
  const policies = [...quotas.keys()].map(({ name, most, seconds }) => `"${name}";q=${most};w=${seconds}`);
  const left = [...quotas].map(
    ([{ name, most }, now]) => `"${name}";r=${Math.max(0, most - now.used)};t=${secondsOf(now)}`,
  );
  ctx.set({ 'RateLimit-Policy': policies.join(', '), RateLimit: left.join(', ') });
};

/** Returns when the window of a count ends, by the clock of `goesOn`. */
const endOf = ({ resetMs }: Count): number => performance.now() + resetMs;

/** Returns whether points can be given back: once their window has ended, the next one would begin below zero. */
const goesOn = (end = Infinity): boolean => performance.now() < end;

/** Returns whether the shop has refused, as opposed to an outage or another limit. */
const isRefusal = (error: unknown): boolean =>
  isDomainError(error) && error.kind !== 'unavailable' && error.kind !== 'limited';

/** Number of remembered keys: making one costs more than a count. */
const MAX_KEYS = 1000;

const remembering = (keyOf: ReturnType<typeof keyUnder>): typeof keyOf => {
  const keys = new LRUCache<string, string>({ max: MAX_KEYS });
  return (quota, caller) => {
    const text = `${quota.name} ${caller}`;
    const key = keys.get(text) ?? keyOf(quota, caller);
    keys.set(text, key);
    return key;
  };
};

export const rateLimits = ({ secret, general, tight, perMinute }: RateLimitOptions): RateLimits => {
  const keyOf = keyUnder(secret);

  const judge = (ctx: LimitedContext, { quota, shown, refuses = true }: Draw, count: Count): Count => {
    const exceeded = refuses && count.used > quota.most;
    if (shown || exceeded) show(ctx, quota, count);
    if (!exceeded) return count;
    ctx.set('Retry-After', String(secondsOf(count)));
    throw failHttp('rate_limited', { 'violated-policies': [quota.name] });
  };

  const generalKeyOf = remembering(keyOf);

  const take = (
    ctx: LimitedContext,
    counter: RateCounter,
    draw: Draw,
    points = 1,
  ): Count | Promise<Count> => {
    const key = (counter === general ? generalKeyOf : keyOf)(draw.quota, draw.caller);
    const count = counter.add(draw.quota, key, points);
    return count instanceof Promise ? count.then((it) => judge(ctx, draw, it)) : judge(ctx, draw, count);
  };

  /** Adds points, or gives some back; refuses nothing. */
  const correct = async (
    ctx: LimitedContext,
    { quota, caller, shown }: Draw,
    points: number,
  ): Promise<void> => {
    const count = await tight.add(quota, keyOf(quota, caller), points);
    if (shown) show(ctx, quota, count);
  };

  const most = perMinute ?? Infinity;
  const ofAddress: Quota = { name: 'default', most, seconds: 60 };
  const ofUser: Quota = { name: 'user', most, seconds: 60 };
  const ofKey: Quota = { name: 'key', most, seconds: 60 };

  const drawOf = (caller: Actor<Scope>): Draw => ({
    quota: isKey(caller) ? ofKey : ofUser,
    caller: caller.id,
    shown: true,
  });

  const byAddress: Middleware<RequestState> = (ctx, next) => {
    if (perMinute === null) return next();
    const taken = take(ctx, general, { quota: ofAddress, caller: networkOf(ctx.ip), shown: true });
    return taken instanceof Promise ? taken.then(next) : next();
  };

  const charge: RateLimits['charge'] = async (ctx, points) => {
    if (perMinute === null) return;
    // At most the limit: otherwise a shop with a low one would never serve the request.
    const charged = Math.min(points, perMinute - 1);
    if (charged < 1) return;
    const { actor } = ctx.state;
    // The narrow quota first, as everywhere.
    if (actor !== undefined) await take(ctx, general, drawOf(actor), charged);
    await take(ctx, general, { quota: ofAddress, caller: networkOf(ctx.ip), shown: true }, charged);
  };

  /** Does work under the limit on its effort. */
  const underEffort = async <T>(
    ctx: LimitedContext,
    { effort }: RowLimit,
    account: LimitedAccount | undefined,
    input: RouteInput,
    work: () => Promise<T>,
  ): Promise<T> => {
    if (effort === undefined) return work();
    const { name, perAddress, perAccount } = effort;
    const address = networkOf(ctx.ip);
    const ofAccount = {
      quota: { name: `${name}-account`, ...perAccount },
      caller: `${account?.name ?? ''}\0${address}`,
      shown: false, // successes count as well, and the caller must not learn those of others
    };
    const ofNetwork = { quota: { name, ...perAddress }, caller: address, shown: true };
    const expected = effort.expected(input);
    const taken = new Map<Draw, number>();
    try {
      // Counted before the work: otherwise a hundred concurrent requests would all find room.
      for (const draw of expected === 0 ? [] : [ofAccount, ofNetwork]) {
        taken.set(draw, Infinity); // refused requests count as well
        taken.set(draw, endOf(await take(ctx, tight, draw, expected)));
      }
      return await work();
    } finally {
      for (const draw of [ofAccount, ofNetwork]) {
        const wrong = input.meter.used - (taken.has(draw) ? expected : 0);
        if (wrong > 0 || (wrong < 0 && goesOn(taken.get(draw)))) await correct(ctx, draw, wrong);
      }
    }
  };

  /** Takes a draw of which the caller must not learn, and returns whether its quota is exceeded. */
  const takeInSecret = async (taken: Map<Draw, number>, draw: Draw | null): Promise<boolean> => {
    if (draw === null) return false;
    const { quota, caller, refuses = true } = draw;
    const count = await tight.add(quota, keyOf(quota, caller), 1);
    taken.set(draw, endOf(count));
    return refuses && count.used > quota.most;
  };

  const guard: RateLimits['guard'] = async (ctx, limit, input, unlimited) => {
    const { name, counts, perAddress } = limit;
    const address = networkOf(ctx.ip);
    // Counted first and given back afterwards: otherwise a hundred concurrent attempts would all be the first.
    const taken = new Map<Draw, number>();
    const giveAllBack = async (): Promise<void> => {
      const current = [...taken].filter(([, end]) => goesOn(end));
      await Promise.all(current.map(([draw]) => correct(ctx, draw, -1)));
    };
    // The narrow quotas first: a caller who is refused there must not use up the wide ones, which others share.
    const takeAll = async (these: readonly Draw[]): Promise<void> => {
      for (const draw of these) taken.set(draw, endOf(await take(ctx, tight, draw)));
    };
    await takeAll([{ quota: { name, ...perAddress }, caller: address, shown: true }]);
    let [account, exhausted]: [LimitedAccount | undefined, boolean] = [undefined, false];
    try {
      account = await limit.account?.(input);
    } catch (error) {
      await giveAllBack();
      throw error;
    }
    if (account !== undefined) {
      await takeAll(drawsOfName(limit, account, address));
      exhausted = await takeInSecret(taken, secretDrawHere(limit, account, address));
      const elsewhere = await takeInSecret(taken, secretDrawAnywhere(limit, account, exhausted));
      exhausted ||= elsewhere;
    }
    const work = () => underEffort(ctx, limit, account, input, () => unlimited(exhausted));
    if (counts === 'attempts') return work();
    let result: Awaited<ReturnType<typeof work>>;
    try {
      result = await work();
    } catch (error) {
      if (!isRefusal(error)) await giveAllBack();
      throw error;
    }
    await giveAllBack();
    return result;
  };

  return {
    byAddress,
    byCaller: async (ctx, caller) => {
      if (perMinute !== null) await take(ctx, general, drawOf(caller));
    },
    charge,
    guard,
  };
};
