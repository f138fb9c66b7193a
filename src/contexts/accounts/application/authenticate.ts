import type { UserActor } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import { Session } from '../domain/session.js';
import type { AccessTokens, SessionReader } from './ports.js';

/**
 * Who an access token stands for. The session's row is read on every request, so that a log-out, a disabling or a
 * demotion counts at once, in every process. Null for a token that is not or no longer valid.
 */
export const authenticate =
  ({ sessions, accessTokens, now }: { sessions: SessionReader; accessTokens: AccessTokens; now: Now }) =>
  async (token: string): Promise<UserActor | null> => {
    const at = now();
    const claim = accessTokens.verify(token, at);
    const holder = claim && (await sessions.findHolder(claim.sessionId));
    if (claim === null || holder === null) return null;
    const { session, role, disabled } = holder;
    if (session.userId !== claim.userId || disabled || !Session.isLive(session, at)) return null;
    const { id: sessionId, userId: id, authenticatedAt } = session;
    return { id, sessionId, role, authenticatedAt };
  };
