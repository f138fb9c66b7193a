import type { Actor } from '../../kernel/actor.js';
import { failHttp } from './errors.js';
import type { Access } from './route.js';

/** Who an access token stands for right now; null when it stands for nobody. */
export type Authenticate = (token: string) => Promise<Actor | null>;

/** RFC 6750 §2.1; the name of the scheme has no case. */
const BEARER = /^Bearer +(?<token>[^ ].*)$/i;

/**
 * Lets the caller pass or throws: 401 for nobody, 403 for somebody who may not. Where anyone may call, the token is not
 * even looked at, so that one that has expired does no harm there.
 */
export const admit =
  (authenticate: Authenticate) =>
  async (access: Access, authorization: string): Promise<Actor | undefined> => {
    if (access === 'anyone') return undefined;
    const token = BEARER.exec(authorization)?.groups?.['token'];
    if (token === undefined) throw failHttp('unauthenticated');
    const actor = await authenticate(token);
    if (actor === null) throw failHttp('invalid_token');
    if (access === 'admin' && actor.role !== 'admin') throw failHttp('forbidden');
    return actor;
  };
