import type { Actor, Scope } from '#src/kernel/actor.js';
import type { Count, Quota } from '../../limits/rate-counter.js';
import type { Route } from '../routes/route.js';

/** The pipeline's state of a request (`ctx.state`). */
export interface RequestState {
  requestId: string;
  /** Set once a route matches. */
  route?: Route;
  /** Set once the route's access rule has passed; never on routes for any caller. */
  actor?: Actor<Scope>;
  /** The code of the problem in its response. */
  code?: string;
  /** The quotas that it has drawn on, and their use. */
  quotas?: Map<Quota, Count>;
}
