import type { SessionId } from '#src/kernel/ids.js';
import { Session, type Client } from '../domain/session.js';
import type { User } from '../domain/user.js';
import { rememberPlace } from './remember-place.js';
import type { AccessTokens, AccountsPorts, RefreshTokens } from './ports.js';

/** What a client keeps of a session. Both tokens are secrets. */
export interface Tokens {
  readonly accessToken: string;
  /** Lifetime of the access token in seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}

export interface LoggedIn extends Tokens {
  readonly user: User;
}

export interface TokenIssuers {
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
}

/** Step: begins a session for a user whom the transaction locks; the place that they come from is known from now on. */
export const openSession =
  (
    ports: Pick<AccountsPorts, 'sessions' | 'knownPlaces' | 'hashPlace' | 'now'>,
    { accessTokens, refreshTokens }: TokenIssuers,
  ) =>
  async (user: User, id: SessionId, client: Client): Promise<LoggedIn> => {
    const at = ports.now();
    const refresh = refreshTokens.mint();
    const expiresAt = refreshTokens.expiry(at, at);
    const session = Session.open({ id, userId: user.id, createdAt: at, expiresAt, ...client });
    await rememberPlace(ports)(user.id, client);
    await ports.sessions.add(session, refresh.hash, at);
    return {
      user,
      accessToken: accessTokens.issue({ userId: user.id, sessionId: id }, at),
      expiresIn: accessTokens.lifetime,
      refreshToken: refresh.token,
    };
  };
