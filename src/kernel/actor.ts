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
