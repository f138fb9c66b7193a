import {
  asAdministrator,
  asScopedKey,
  failAccess,
  isKey,
  type Actor,
  type KeyActor,
  type Scope,
  type UserActor,
} from '#src/kernel/actor.js';
import { DomainError } from '#src/kernel/errors.js';
import { failHttp } from './errors.js';
import type { RouteFacts } from '../routes/route.js';

/** Returns the present caller of an access token or an API key; null if it is invalid. */
export type Authenticate = (credential: string) => Promise<UserActor | KeyActor | null>;

const forbidden = (ownPath: string): DomainError => {
  const { kind, code, message } = failAccess('forbidden');
  return new DomainError(kind, code, `${message} Your own data is at ${ownPath}.`);
};

/** RFC 6750 §2.1; the name of the scheme is case-insensitive. */
const BEARER = /^Bearer +(?<credential>[^ ].*)$/i;

/**
 * Returns the caller, or fails: 401 without a valid token or key, 403 if the caller is not allowed. Routes for any caller ignore
 * both, so that an expired one does no harm there.
 */
export const admit =
  (authenticate: Authenticate) =>
  async (
    { access, scope, ownPath }: Pick<RouteFacts, 'access' | 'scope' | 'ownPath'>,
    authorization: string,
  ): Promise<Actor<Scope> | undefined> => {
    if (access === 'anyone') return undefined;
    const credential = BEARER.exec(authorization)?.groups?.['credential'];
    if (credential === undefined) throw failHttp('unauthenticated');
    const actor = await authenticate(credential);
    if (actor === null) throw failHttp('invalid_token');
    if (isKey(actor)) return asScopedKey(actor, scope);
    if (access !== 'admin') return actor;
    if (actor.role !== 'admin' && ownPath !== undefined) throw forbidden(ownPath);
    return asAdministrator(actor);
  };
