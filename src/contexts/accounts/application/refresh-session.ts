import { refuseAfterCommit, type Refusal } from '#src/kernel/command.js';
import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { KnownPlace } from '../domain/known-place.js';
import { Session, type Client } from '../domain/session.js';
import type { LoggedIn, TokenIssuers } from './open-session.js';
import type { AccountsPorts } from './ports.js';
import { rememberPlace } from './remember-place.js';

interface Deps extends TokenIssuers {
  /** The network that an address belongs to. */
  readonly networkOf: (address: string) => string;
}

/**
 * Consumes a refresh token for two new tokens. The one that was consumed last gets the same successor again, once, during the
 * grace period and from the device and network of its rotation, so that neither a lost response nor two tabs end the session.
 * Any other consumed token that is sent again has been copied: the whole session ends (RFC 9700 §4.14.2). Both are recorded in
 * the audit log. Fails with `invalid_refresh_token`.
 */
export const refreshSession =
  ({ accessTokens, refreshTokens, networkOf }: Deps) =>
  (refreshToken: string, client: Client): Work<AccountsPorts, LoggedIn | Refusal> => {
    const hash = refreshTokens.hash(refreshToken);
    const minted = refreshTokens.mint();
    return async ({ sessions, audit, now, ...ports }) => {
      const at = now();
      const stored = await sessions.findToken(hash);
      if (stored === null || stored.user.disabled || !Session.isLive(stored.session, at))
        throw fail('invalid_refresh_token');
      const { session, user, consumedAt, sealedSuccessor } = stored;
      const isHere = Session.isUsedFrom(session, client, networkOf);
      const tokens = (successor: string): LoggedIn => ({
        user,
        accessToken: accessTokens.issue({ userId: user.id, sessionId: session.id }, at),
        expiresIn: accessTokens.lifetime,
        refreshToken: successor,
      });
      if (consumedAt !== null) {
        // Sealed under the token that was consumed last: an earlier one opens nothing, for its successor is consumed as well.
        const successor =
          isHere && sealedSuccessor !== null ? refreshTokens.reveal(sealedSuccessor, refreshToken, at) : null;
        if (successor !== null) {
          await sessions.replay(Session.replay(session));
          await audit.record({ action: 'user.token_replayed', subject: user.id });
          return tokens(successor);
        }
        await sessions.end(session.id, at);
        await audit.record({ action: 'user.token_reused', subject: user.id });
        return refuseAfterCommit(fail('invalid_refresh_token'));
      }
      const next = Session.refresh(session, at, refreshTokens.expiry(session.createdAt, at), client);
      // The last use has remembered the place: the first of a day is enough to keep it.
      if (!isHere || !KnownPlace.isSameDay(session.lastUsedAt, at))
        await rememberPlace({ ...ports, now })(user.id, client);
      await sessions.rotate(next, {
        consumed: hash,
        successor: minted.hash,
        sealedSuccessor: refreshTokens.seal(minted.token, refreshToken, at),
        at,
      });
      return tokens(minted.token);
    };
  };
