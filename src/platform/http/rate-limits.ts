import { createHmac } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { isDomainError } from '../../kernel/errors.js';
import type { Count, Quota, RateCounter, RateCounters } from '../limits/rate-counter.js';
import { networkOf } from './client-address.js';
import { failHttp } from './errors.js';
import type { RowLimit, RouteInput } from './route.js';
import type { RequestState } from './state.js';

export interface RateLimitOptions extends RateCounters {
  /** How many requests an address, and how many a user, may make in a minute. */
  readonly perMinute: number;
}

type LimitedContext = Context & { readonly state: RequestState };

/** Somebody who draws on a quota. */
interface Draw {
  readonly quota: Quota;
  readonly caller: string;
  /** False for what others do: it is told to nobody before it is used up. */
  readonly shown: boolean;
}

export interface RateLimits {
  readonly byAddress: Middleware<RequestState>;
  byUser(ctx: LimitedContext, user: string): Promise<void>;
  /** Counts what a request costs beyond one, by its user and its address. */
  charge(ctx: LimitedContext, points: number): Promise<void>;
  /** Does the work of a row under its limit. */
  guard<T>(ctx: LimitedContext, limit: RowLimit, input: RouteInput, work: () => Promise<T>): Promise<T>;
}

/** How long a place is known from which somebody has once succeeded. */
const KNOWN_FOR = 14 * 24 * 60 * 60;

const secondsOf = ({ resetMs }: Count): number => Math.max(1, Math.ceil(resetMs / 1000));

/** draft-ietf-httpapi-ratelimit-headers-10: every quota that this request has drawn on. */
const show = (ctx: LimitedContext, quota: Quota, count: Count): void => {
  const quotas = (ctx.state.quotas ??= new Map());
  quotas.set(quota, count);
  const policies = [...quotas.keys()].map(({ name, most, seconds }) => `"${name}";q=${most};w=${seconds}`);
  const left = [...quotas].map(
    ([{ name, most }, now]) => `"${name}";r=${Math.max(0, most - now.used)};t=${secondsOf(now)}`,
  );
  ctx.set({ 'RateLimit-Policy': policies.join(', '), RateLimit: left.join(', ') });
};

/** The shop has said no, as opposed to being out of order or under another limit. */
const isRefusal = (error: unknown): boolean =>
  isDomainError(error) && error.kind !== 'unavailable' && error.kind !== 'limited';

export const rateLimits = ({ secret, general, tight, perMinute }: RateLimitOptions): RateLimits => {
  /** What a store sees of a caller. Without a secret it could be turned back: there are not many addresses. */
  const keyOf = ({ name }: Quota, caller: string): string =>
    createHmac('sha256', secret).update(`${name}\0${caller}`).digest('hex');

  const take = async (
    ctx: LimitedContext,
    counter: RateCounter,
    { quota, caller, shown }: Draw,
    points = 1,
  ): Promise<void> => {
    const count = await counter.add(quota, keyOf(quota, caller), points);
    const exceeded = count.used > quota.most;
    if (shown || exceeded) show(ctx, quota, count);
    if (!exceeded) return;
    ctx.set('Retry-After', String(secondsOf(count)));
    throw failHttp('rate_limited', { 'violated-policies': [quota.name] });
  };

  /** Adds to what has been taken, or gives some of it back; refuses nothing. */
  const correct = async (
    ctx: LimitedContext,
    { quota, caller, shown }: Draw,
    points: number,
  ): Promise<void> => {
    const count = await tight.add(quota, keyOf(quota, caller), points);
    if (shown) show(ctx, quota, count);
  };

  const ofAddress: Quota = { name: 'default', most: perMinute, seconds: 60 };
  const ofUser: Quota = { name: 'user', most: perMinute, seconds: 60 };

  const byAddress: Middleware<RequestState> = async (ctx, next) => {
    await take(ctx, general, { quota: ofAddress, caller: networkOf(ctx.ip), shown: true });
    await next();
  };

  const charge: RateLimits['charge'] = async (ctx, points) => {
    // Never more than the limit, or a shop with a low one would not serve the request at all.
    const charged = Math.min(points, perMinute - 1);
    if (charged < 1) return;
    const user = ctx.state.actor?.id;
    // The narrow one first, as everywhere.
    if (user !== undefined) await take(ctx, general, { quota: ofUser, caller: user, shown: true }, charged);
    await take(ctx, general, { quota: ofAddress, caller: networkOf(ctx.ip), shown: true }, charged);
  };

  /** Does work under the limit on its effort. */
  const underEffort = async <T>(
    ctx: LimitedContext,
    limit: RowLimit,
    input: RouteInput,
    work: () => Promise<T>,
  ): Promise<T> => {
    const { effort } = limit;
    if (effort === undefined) return work();
    const { name, perAddress, perAccount } = effort;
    const address = networkOf(ctx.ip);
    const ofAccount = {
      quota: { name: `${name}-account`, ...perAccount },
      caller: `${limit.account?.(input) ?? ''}\0${address}`,
      shown: false, // successes count as well, and those of others are nobody's business
    };
    const ofNetwork = { quota: { name, ...perAddress }, caller: address, shown: true };
    const expected = effort.expected(input);
    const taken: Draw[] = [];
    try {
      // Counted before the work, or a hundred requests at once would all find room.
      for (const draw of expected === 0 ? [] : [ofAccount, ofNetwork]) {
        taken.push(draw);
        await take(ctx, tight, draw, expected);
      }
      return await work();
    } finally {
      for (const draw of [ofAccount, ofNetwork]) {
        const wrong = input.meter.used - (taken.includes(draw) ? expected : 0);
        if (wrong !== 0) await correct(ctx, draw, wrong);
      }
    }
  };

  const guard: RateLimits['guard'] = async (ctx, limit, input, unlimited) => {
    const work = () => underEffort(ctx, limit, input, unlimited);
    const { name, counts, perAddress, perAccount } = limit;
    const address = networkOf(ctx.ip);
    const draws: Draw[] = [{ quota: { name, ...perAddress }, caller: address, shown: true }];
    const account = limit.account?.(input);
    const here = `${account ?? ''}\0${address}`;
    const place: Quota = { name: `${name}-known`, most: 1, seconds: KNOWN_FOR };
    let known = false;
    if (account !== undefined && perAccount !== undefined) {
      draws.push({ quota: { name: `${name}-account`, ...perAccount.here }, caller: here, shown: true });
      // An attacker elsewhere must not lock somebody out of the place from which they always come.
      known = counts === 'refusals' && (await tight.used(place, keyOf(place, here))) > 0;
      const anywhere = {
        quota: { name: `${name}-account-anywhere`, ...perAccount.anywhere },
        caller: account,
      };
      if (!known) draws.push({ ...anywhere, shown: false });
    }
    // The narrow ones first: who is refused there must not use up the wide ones, which others share.
    for (const draw of draws) await take(ctx, tight, draw);
    if (counts === 'tries') return work();
    // Counted first and given back afterwards, or a hundred tries at once would all be the first.
    const giveAllBack = () => Promise.all(draws.map((draw) => correct(ctx, draw, -1)));
    let result: Awaited<ReturnType<typeof work>>;
    try {
      result = await work();
    } catch (error) {
      if (!isRefusal(error)) await giveAllBack();
      throw error;
    }
    await giveAllBack();
    if (account !== undefined && !known) await tight.add(place, keyOf(place, here), 1);
    return result;
  };

  return {
    byAddress,
    byUser: (ctx, user) => take(ctx, general, { quota: ofUser, caller: user, shown: true }),
    charge,
    guard,
  };
};
