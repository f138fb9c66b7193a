import type { ParameterizedContext } from 'koa';
import { expectSteadyBody } from '../connections/slow-senders.js';
import { costOf } from '../routes/cost.js';
import { deprecationHeaders } from '../routes/deprecation.js';
import type { Route } from '../routes/route.js';
import { checkSearch } from '../routes/validation.js';
import { authorising, NO_SEARCH, type HandlerOptions } from './handler.js';
import type { RequestState } from './state.js';

type Context = ParameterizedContext<RequestState>;

/** Passes the request of a route on to the service that handles it. */
export type Forward = (ctx: Context) => Promise<void>;

/** Handles a matched request of a route of a service: authorise, count, pass on. */
export const passOn = (
  route: Route,
  forward: Forward,
  { authenticate, limits, inFlight }: Pick<HandlerOptions, 'authenticate' | 'limits' | 'inFlight'>,
): ((ctx: Context) => Promise<void>) => {
  const authorise = authorising(route, { authenticate, limits });
  // A request that waits for its client's body, or in the queue of password hashes, has a bound of its own.
  const isBounded =
    route.body !== undefined || route.upload !== undefined || route.limit?.effort !== undefined;
  const deprecation = Object.entries(deprecationHeaders(route));
  return async (ctx) => {
    ctx.state.route = route;
    for (const [name, value] of deprecation) ctx.set(name, value);
    if (route.access !== 'anyone') await authorise(ctx);
    if (route.upload !== undefined) expectSteadyBody(ctx.req);
    if (isBounded) inFlight.leave(ctx.req);
    else inFlight.enter(ctx.req);
    if (limits !== null) {
      const cost = costOf(route, checkSearch(route.search ?? NO_SEARCH, ctx.querystring));
      if (cost > 1) await limits.charge(ctx, cost - 1);
    }
    await forward(ctx);
  };
};
