import type { SessionId } from '#src/kernel/ids.js';
import { pageOf } from '#src/platform/http/routes/schemas.js';
import {
  array,
  boolean,
  integer,
  object,
  oneOf,
  string,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { LoggedIn } from '../../application/open-session.js';
import type { PublicKey } from '../../application/ports.js';
import type { Session } from '../../domain/session.js';
import type { User } from '../../domain/user.js';

const userFields = {
  id: uuid(),
  name: string(),
  email: string(),
  emailVerified: boolean().description('Whether the user has proved access to the address'),
  username: string().nullable().description('null if the user has none'),
  role: oneOf('customer', 'admin'),
  createdAt: timestamp(),
};

export const userBody = object('User', userFields);

/** A user as they see themselves. */
export const viewUser = ({
  id,
  name,
  email,
  emailVerifiedAt,
  username,
  role,
  createdAt,
}: User): ValueOf<typeof userBody> => ({
  ...{ id, name, email, emailVerified: emailVerifiedAt !== null, username, role },
  createdAt: createdAt.toISOString(),
});

export const managedUserBody = object('ManagedUser', {
  ...userFields,
  disabled: boolean().description('A disabled user can neither log in nor use a token'),
  updatedAt: timestamp(),
});

export const managedUsersBody = pageOf('ManagedUsers', managedUserBody);

/** A user as administrators see them. */
export const viewManagedUser = (user: User): ValueOf<typeof managedUserBody> => ({
  ...viewUser(user),
  disabled: user.disabled,
  updatedAt: user.updatedAt.toISOString(),
});

export const tokensBody = object('Tokens', {
  user: userBody,
  accessToken: string().description('Send it as `Authorization: Bearer …`'),
  tokenType: oneOf('Bearer'),
  expiresIn: integer().description('Lifetime of the access token in seconds'),
  refreshToken: string().description('Valid for one call of `POST /auth/refresh`'),
});

export const viewTokens = ({
  user,
  accessToken,
  expiresIn,
  refreshToken,
}: LoggedIn): ValueOf<typeof tokensBody> => ({
  user: viewUser(user),
  ...{ accessToken, tokenType: 'Bearer', expiresIn, refreshToken },
});

const sessionBody = object('Session', {
  id: uuid(),
  device: string().nullable().description('`User-Agent` of the client'),
  address: string().nullable().description('Network address of the client'),
  createdAt: timestamp(),
  lastUsedAt: timestamp().description('Time of the last refresh or log-in, rounded down to the hour'),
  expiresAt: timestamp().description(
    'Time at which the session expires unless it is refreshed, rounded up to the hour',
  ),
  current: boolean().description('Whether this is the session of the request'),
});

export const sessionsBody = pageOf('Sessions', sessionBody);

export const viewSession =
  (current: SessionId) =>
  ({ id, device, address, createdAt, lastUsedAt, expiresAt }: Session): ValueOf<typeof sessionBody> => ({
    ...{ id, device, address },
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: id === current,
  });

const keyBody = object('JsonWebKey', {
  kid: string().description('The thumbprint of the key (RFC 7638), as in the header of a token'),
  alg: oneOf('ES256', 'RS256'),
  use: oneOf('sig'),
  kty: oneOf('EC', 'RSA'),
  crv: string().optional(),
  x: string().optional(),
  y: string().optional(),
  e: string().optional(),
  n: string().optional(),
});

export const keySetBody = object('JsonWebKeySet', { keys: array(keyBody) });

export const viewKeySet = (keys: readonly PublicKey[]): ValueOf<typeof keySetBody> => ({ keys });
