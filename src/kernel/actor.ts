import type { SessionId, UserId } from './ids.js';

export type Role = 'customer' | 'admin';

/** Who is asking, as their session's row said when the request came in. */
export interface Actor {
  readonly id: UserId;
  readonly sessionId: SessionId;
  readonly role: Role;
  /** When the session's user last proved their password. A refresh proves nothing. */
  readonly authenticatedAt: Date;
}
