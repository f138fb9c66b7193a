import { asAdministrator, failAccess, type Actor } from '#src/kernel/actor.js';
import { DomainError } from '#src/kernel/errors.js';
import { failHttp } from './errors.js';
import type { RouteFacts } from '../routes/route.js';

/** Returns the present caller of an access token; null if the token is invalid. */
export type Authenticate = (token: string) => Promise<Actor | null>;

const forbidden = (ownPath: string): DomainError => {
  const { kind, code, message } = failAccess('forbidden');
  return new DomainError(kind, code, `${message} Your own data is at ${ownPath}.`);
};

/** RFC 6750 §2.1; the name of the scheme is case-insensitive. */
const BEARER = /^Bearer +(?<token>[^ ].*)$/i;

/**
 * Returns the caller, or fails: 401 without a valid token, 403 if the caller is not allowed. Routes for any caller ignore the
 * token, so that an expired one does no harm there.
 */
export const admit =
  (authenticate: Authenticate) =>
  async (
    { access, ownPath }: Pick<RouteFacts, 'access' | 'ownPath'>,
    authorization: string,
  ): Promise<Actor | undefined> => {
    if (access === 'anyone') return undefined;
    const token = BEARER.exec(authorization)?.groups?.['token'];
    if (token === undefined) throw failHttp('unauthenticated');
    const actor = await authenticate(token);
    if (actor === null) throw failHttp('invalid_token');
    if (access !== 'admin') return actor;
    if (actor.role !== 'admin' && ownPath !== undefined) throw forbidden(ownPath);
    return asAdministrator(actor);
  };
