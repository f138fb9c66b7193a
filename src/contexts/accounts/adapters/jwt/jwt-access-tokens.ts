import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { SessionId, UserId } from '../../../../kernel/ids.js';
import type { AccessTokens } from '../../application/ports.js';
import type { SigningKeys } from './signing-keys.js';

export interface JwtOptions {
  readonly keys: SigningKeys;
  readonly issuer: string;
  readonly audience: string;
  /** Seconds that a token is good for. */
  readonly lifetime: number;
}

/** The media type of an access token (RFC 9068 §2.1): no other token that these keys sign passes for one. */
const TYPE = 'at+jwt';

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** Access tokens as JWTs, signed by the first key (RFC 8725, RFC 9068): `sub` is the user and `sid` the session. */
export const jwtAccessTokens = ({ keys, issuer, audience, lifetime }: JwtOptions): AccessTokens => {
  const [{ id, algorithm, privateKey }] = keys;

  /** The claims of a token that is ours, unaltered and good at that time. */
  const claimsOf = (token: string, at: Date): jwt.JwtPayload | null => {
    try {
      const header = jwt.decode(token, { complete: true })?.header;
      const key = keys.find((each) => each.id === header?.kid);
      if (key === undefined || header?.typ !== TYPE) return null; // jsonwebtoken does not look at `typ`
      const claims = jwt.verify(token, key.publicKey, {
        algorithms: [key.algorithm],
        issuer,
        audience,
        clockTimestamp: seconds(at),
      });
      return typeof claims === 'string' ? null : claims;
    } catch {
      // Not only JsonWebTokenErrors: it meets malformed tokens with SyntaxErrors and TypeErrors too. Nothing here waits
      // for anything, so that no outage can be mistaken for a bad token.
      return null;
    }
  };

  return {
    lifetime,
    issue: ({ userId, sessionId }, at) => {
      const issued = seconds(at);
      const claims = {
        iss: issuer,
        aud: audience,
        sub: userId,
        sid: sessionId,
        iat: issued,
        exp: issued + lifetime,
      };
      // `jti`: RSA signs alike what is alike, and two tokens of one second would be one.
      return jwt.sign({ ...claims, jti: randomUUID() }, privateKey, {
        algorithm,
        header: { alg: algorithm, typ: TYPE, kid: id },
      });
    },
    verify: (token, at) => {
      const { sub, sid, exp } = (claimsOf(token, at) ?? {}) as Readonly<Record<string, unknown>>;
      // A token without `exp` is good for ever to jsonwebtoken.
      if (typeof exp !== 'number' || typeof sub !== 'string' || typeof sid !== 'string') return null;
      return { userId: sub as UserId, sessionId: sid as SessionId };
    },
    publicKeys: () => keys.map(({ jwk }) => jwk),
  };
};
