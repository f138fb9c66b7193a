import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { isKey, type KeyActor, type Role, type Scope, type UserActor } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { ApiKeyId, SessionId, UserId } from '#src/kernel/ids.js';

/** The caller on whose behalf a process sends a request to another one. */
export interface Caller {
  /** Null for an anonymous client. */
  readonly actor: UserActor | KeyActor | null;
  /** The client's network address. */
  readonly address: string;
}

/** Tokens that prove that a request comes from a process of the same shop, and that name the caller. */
export interface CallerTokens {
  /** Returns a token that only the process `audience` accepts. */
  issue(audience: string, caller: Caller): string;
  /** Returns the caller in a token for this process; null if the token is not valid. */
  verify(token: string): Caller | null;
}

export interface CallerTokenOptions {
  /** At least 256 bits, which all processes of the shop share. */
  readonly secret: KeyObject;
  /** The name of this process. */
  readonly self: string;
  readonly now: Now;
}

const ALGORITHM = 'HS256';

/** No token of another kind that has the same secret would be accepted (RFC 8725 §3.11). */
const TYPE = 'portico-caller+jwt';

const LIFETIME_S = 60;
/** Maximum difference of two machines' clocks, in seconds: a wrong clock must not stop the shop. */
const CLOCK_TOLERANCE_S = 600;
/** How long an issued token is used again for the same caller, in seconds: signing costs more than a lookup. */
const REUSED_S = 10;

const MAX_REMEMBERED = 10_000;

interface Claims {
  readonly sub?: string;
  readonly sid?: string;
  readonly role?: Role;
  /** Seconds since 1970, with milliseconds. */
  readonly auth_time?: number;
  /** Of an API key, like its scopes, which are separated by spaces (RFC 8693 §4.2). */
  readonly key?: string;
  readonly scope?: string;
  readonly ip: string;
}

const claimsOf = ({ actor, address }: Caller): Claims => {
  if (actor === null) return { ip: address };
  if (isKey(actor)) return { key: actor.id, scope: actor.scopes.join(' '), ip: address };
  return {
    sub: actor.id,
    sid: actor.sessionId,
    role: actor.role,
    auth_time: actor.authenticatedAt.getTime() / 1000,
    ip: address,
  };
};

const userIn = ({ sub, sid, role, auth_time: authTime }: Claims): UserActor | null =>
  sub === undefined || sid === undefined || role === undefined || authTime === undefined
    ? null
    : {
        id: sub as UserId,
        sessionId: sid as SessionId,
        role,
        authenticatedAt: new Date(Math.round(authTime * 1000)),
      };

// Only processes of the shop sign tokens: the scopes are those of a key.
const keyIn = ({ key, scope }: Claims): KeyActor | null =>
  key === undefined || scope === undefined
    ? null
    : { id: key as ApiKeyId, scopes: scope.split(' ') as Scope[] };

const callerOf = (claims: Claims): Caller => ({
  actor: userIn(claims) ?? keyIn(claims),
  address: claims.ip,
});

/** Returns what tells one caller's tokens from those of another, and from those with other rights. */
const factsOf = (actor: UserActor | KeyActor): readonly unknown[] =>
  isKey(actor) ? [actor.id, ...actor.scopes] : [actor.sessionId, actor.role, actor.authenticatedAt.getTime()];

const keyOf = (audience: string, { actor, address }: Caller): string =>
  [audience, address, ...(actor === null ? [] : factsOf(actor))].join(' ');

/** Returns the tokens as JWTs under a secret that all processes of a shop have (RFC 7519, RFC 8725). */
export const callerTokens = ({ secret, self, now }: CallerTokenOptions): CallerTokens => {
  const issued = new LRUCache<string, string>({ max: MAX_REMEMBERED });
  const verified = new LRUCache<string, { readonly caller: Caller; readonly expires: number }>({
    max: MAX_REMEMBERED,
  });
  const seconds = (): number => Math.floor(now().getTime() / 1000);

  const read = (token: string): { readonly caller: Caller; readonly expires: number } | null => {
    try {
      if (jwt.decode(token, { complete: true })?.header.typ !== TYPE) return null; // jsonwebtoken does not check it
      const claims = jwt.verify(token, secret, {
        algorithms: [ALGORITHM],
        audience: self,
        clockTimestamp: seconds(),
        clockTolerance: CLOCK_TOLERANCE_S,
      }) as Claims & { readonly exp?: number };
      // A token without `exp` never expires for jsonwebtoken.
      return claims.exp === undefined ? null : { caller: callerOf(claims), expires: claims.exp };
    } catch {
      return null;
    }
  };

  return {
    issue: (audience, caller) => {
      const iat = seconds();
      const key = `${Math.floor(iat / REUSED_S)} ${keyOf(audience, caller)}`;
      const earlier = issued.get(key);
      if (earlier !== undefined) return earlier;
      const token = jwt.sign(
        { ...claimsOf(caller), iss: self, aud: audience, iat, exp: iat + LIFETIME_S },
        secret,
        {
          algorithm: ALGORITHM,
          header: { alg: ALGORITHM, typ: TYPE },
        },
      );
      issued.set(key, token);
      return token;
    },
    verify: (token) => {
      const known = verified.get(token) ?? read(token);
      if (known === null || known.expires + CLOCK_TOLERANCE_S <= seconds()) return null;
      verified.set(token, known);
      return known.caller;
    },
  };
};
