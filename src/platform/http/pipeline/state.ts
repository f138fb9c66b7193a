import type { Actor } from '#src/kernel/actor.js';
import type { Count, Quota } from '../../limits/rate-counter.js';
import type { Route } from '../routes/route.js';

/** What the pipeline knows of the request that it works on (`ctx.state`). */
export interface RequestState {
  requestId: string;
  /** From when the table has a route for it. */
  route?: Route;
  /** From when the route's access rule has been passed; never for routes that anyone may call. */
  actor?: Actor;
  /** The code of the problem that it is answered with. */
  code?: string;
  /** The quotas that it has drawn on, and what is used of them. */
  quotas?: Map<Quota, Count>;
}
