import { errorCatalogue } from './errors.js';
import type { SessionId, UserId } from './ids.js';

export type Role = 'customer' | 'admin';

/** The caller, as their session's row stood when the request came in. */
export interface Actor {
  readonly id: UserId;
  readonly sessionId: SessionId;
  readonly role: Role;
  /** The time at which the session's user last proved their password. A refresh proves nothing. */
  readonly authenticatedAt: Date;
}

/** An actor whose role has been checked; `asAdministrator` is the way to one. */
export interface Administrator extends Actor {
  readonly role: 'admin';
}

/** The operator of the shop, at its command line and when it starts: no user, and allowed what administrators are. */
export const OPERATOR = 'operator';
export type Operator = typeof OPERATOR;

/**
 * Who manages the shop. A use case for managers takes one as its first argument, so that a call whose caller has not been
 * checked does not compile.
 */
export type Manager = Administrator | Operator;

export const failAccess = errorCatalogue({
  forbidden: ['forbidden', 'This call is for administrators only.'],
});

/** Fails with `forbidden` unless the actor is an administrator. */
export const asAdministrator = (actor: Actor): Administrator => {
  const { role } = actor;
  if (role !== 'admin') throw failAccess('forbidden');
  return { ...actor, role };
};

/** Fails with `forbidden` unless the data of that person is the actor's own, or the actor manages the shop. */
export const requireOwn = (by: Actor | Operator, person: UserId): void => {
  if (by !== OPERATOR && by.id !== person) asAdministrator(by);
};
