import type { Transact } from '../../../kernel/transact.js';
import { fail } from '../domain/errors.js';
import { Session } from '../domain/session.js';
import type { LoggedIn, TokenIssuers } from './open-session.js';
import type { AccountsPorts } from './ports.js';

/** The session goes on with new tokens; or its refresh token had been spent before, so that the session has ended. */
export type Refreshed = LoggedIn | 'reused';

interface Deps extends TokenIssuers {
  readonly transact: Transact<AccountsPorts>;
}

/**
 * Spends a refresh token for two new tokens. A spent one that comes again has been copied by somebody: the whole
 * session ends (RFC 9700 §4.14.2). That must be committed, so it is an answer and no error. Fails with
 * `invalid_refresh_token` for every other cause.
 */
export const refreshSession =
  ({ transact, accessTokens, refreshTokens }: Deps) =>
  (refreshToken: string): Promise<Refreshed> => {
    const hash = refreshTokens.hash(refreshToken);
    const successor = refreshTokens.mint();
    return transact(async ({ users, sessions, now }) => {
      const at = now();
      const stored = await sessions.findToken(hash);
      if (stored === null || !Session.isLive(stored.session, at)) throw fail('invalid_refresh_token');
      const { session } = stored;
      if (stored.spentAt !== null) {
        await sessions.end(session.id, at);
        return 'reused';
      }
      const user = await users.find(session.userId);
      if (user === null || user.disabled) throw fail('invalid_refresh_token');
      await sessions.rotate(Session.use(session, at), hash, successor.hash, at);
      return {
        user,
        accessToken: accessTokens.issue({ userId: user.id, sessionId: session.id }, at),
        expiresIn: accessTokens.lifetime,
        refreshToken: successor.token,
      };
    });
  };
