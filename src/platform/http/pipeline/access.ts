import type { Actor } from '#src/kernel/actor.js';
import { DomainError } from '#src/kernel/errors.js';
import { failHttp } from './errors.js';
import type { RouteFacts } from '../routes/route.js';

/** Who an access token stands for right now; null when it stands for nobody. */
export type Authenticate = (token: string) => Promise<Actor | null>;

const forbidden = (ownPath: string | undefined): DomainError => {
  const { kind, code, message } = failHttp('forbidden');
  return new DomainError(
    kind,
    code,
    ownPath === undefined ? message : `${message} Your own data is at ${ownPath}.`,
  );
};

/** RFC 6750 §2.1; the name of the scheme has no case. */
const BEARER = /^Bearer +(?<token>[^ ].*)$/i;

/**
 * Returns the caller, or fails: 401 without a valid token, 403 when the caller is not allowed. Where anyone may call, the token is
 * not looked at, so that one that has expired does no harm there.
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
    if (access === 'admin' && actor.role !== 'admin') throw forbidden(ownPath);
    return actor;
  };
