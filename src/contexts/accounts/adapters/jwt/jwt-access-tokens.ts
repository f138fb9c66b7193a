import { hash, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { SessionId, UserId } from '#src/kernel/ids.js';
import type { AccessTokens } from '../../application/ports.js';
import type { KeyRing, SigningKey } from './signing-keys.js';

export interface JwtOptions {
  readonly keys: KeyRing;
  readonly issuer: string;
  readonly audience: string;
  /** Seconds for which a token is valid. */
  readonly lifetime: number;
}

/** The media type of an access token (RFC 9068 §2.1): no other token that these keys sign is accepted as one. */
const TYPE = 'at+jwt';

/** About 3 MB. */
const MAX_REMEMBERED = 10_000;

interface VerifiedToken {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly keyId: string;
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/**
 * Returns undefined if it throws. It catches more than JsonWebTokenErrors: jsonwebtoken throws other errors on malformed tokens
 * too.
 */
const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/**
 * Issues and verifies access tokens as JWTs, signed by the first key (RFC 8725, RFC 9068): `sub` is the user and `sid` the
 * session.
 */
export const jwtAccessTokens = ({ keys, issuer, audience, lifetime }: JwtOptions): AccessTokens => {
  let known = keys();

  /** Finds a key. Another process may have added an unknown one since the keys were read. */
  const keyOf = (id: string | undefined): SigningKey | undefined =>
    known.find((key) => key.id === id) ?? (known = keys()).find((key) => key.id === id);

  /** By the tokens' hashes. What is remembered is that a signature was valid, which costs more to see than all else about a token. */
  const verified = new LRUCache<string, VerifiedToken>({ max: MAX_REMEMBERED });

  /**
   * Returns what a token says that one of our keys has signed and that is valid at that time. The key is looked up outside of
   * `attempt`: a file that can't be read is an outage and no invalid token.
   */
  const verify = (token: string, at: Date): VerifiedToken | null => {
    const header = attempt(() => jwt.decode(token, { complete: true })?.header);
    if (header?.typ !== TYPE) return null; // jsonwebtoken does not check `typ`
    const key = keyOf(header.kid);
    if (key === undefined) return null;
    const claims = attempt(() =>
      jwt.verify(token, key.publicKey, {
        algorithms: [key.algorithm],
        issuer,
        audience,
        clockTimestamp: seconds(at),
      }),
    );
    const { sub, sid, exp } = (claims ?? {}) as Readonly<Record<string, unknown>>;
    // A token without `exp` never expires for jsonwebtoken.
    if (typeof exp !== 'number' || typeof sub !== 'string' || typeof sid !== 'string') return null;
    return { userId: sub as UserId, sessionId: sid as SessionId, expires: exp, keyId: key.id };
  };

  return {
    lifetime,
    issue: ({ userId, sessionId }, at) => {
      const [{ id, algorithm, privateKey }] = (known = keys());
      const issued = seconds(at);
      const claims = {
        iss: issuer,
        aud: audience,
        sub: userId,
        sid: sessionId,
        iat: issued,
        exp: issued + lifetime,
      };
      // `jti`: RSA signatures are deterministic, so two tokens of the same second would be identical.
      return jwt.sign({ ...claims, jti: randomUUID() }, privateKey, {
        algorithm,
        header: { alg: algorithm, typ: TYPE, kid: id },
      });
    },
    verify: (token, at) => {
      const id = hash('sha256', token, 'base64');
      const earlier = verified.get(id);
      const isRemembered =
        earlier !== undefined &&
        seconds(at) < earlier.expires &&
        known.some(({ id: keyId }) => keyId === earlier.keyId);
      const found = isRemembered ? earlier : verify(token, at);
      if (found === null) return null;
      if (!isRemembered) verified.set(id, found);
      return { userId: found.userId, sessionId: found.sessionId };
    },
    publicKeys: () => (known = keys()).map(({ jwk }) => jwk),
  };
};
