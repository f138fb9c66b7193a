import { EXAMPLE_CUSTOMER, EXAMPLE_REFRESH_TOKEN, EXAMPLE_TIME } from '#src/kernel/examples.js';
import type { SessionId } from '#src/kernel/ids.js';
import { createdAt, pageOf, storedInteger, updatedAt } from '#src/platform/http/routes/schemas.js';
import {
  array,
  boolean,
  object,
  oneOf,
  string,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import { role } from './account-schemas.js';
import type { LoggedIn } from '../../application/open-session.js';
import type { PublicKey } from '../../application/ports.js';
import type { Session } from '../../domain/session.js';
import type { User } from '../../domain/user.js';

const EXAMPLE_ACCESS_TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTliNzZkYSJ9.c2lnbmF0dXJl';

const userFields = {
  id: uuid().description('Id of the user, and of the customer').example(EXAMPLE_CUSTOMER.id),
  name: string().description('Full name').example(EXAMPLE_CUSTOMER.name),
  email: string().description('E-mail address, by which the user logs in').example(EXAMPLE_CUSTOMER.email),
  emailVerified: boolean().description('Whether the user has proved access to the address').example(false),
  username: string()
    .nullable()
    .description('User name for the log-in; null if the user has none')
    .example(EXAMPLE_CUSTOMER.username),
  role: role().description('What the user may do').example('customer'),
  createdAt: createdAt(),
};

export const userBody = object('User', userFields, { description: 'A user, as the user sees it' });

/** A user as they see themselves. */
export const viewUser = ({
  id,
  name,
  email,
  emailVerifiedAt,
  username,
  role,
  ...times
}: User): ValueOf<typeof userBody> => ({
  ...{ id, name, email, emailVerified: emailVerifiedAt !== null, username, role },
  createdAt: times.createdAt.toISOString(),
});

export const managedUserBody = object(
  'ManagedUser',
  {
    ...userFields,
    disabled: boolean().description('A disabled user can neither log in nor use a token').example(false),
    updatedAt: updatedAt(),
  },
  { description: 'A user, as administrators see it' },
);

export const managedUsersBody = pageOf('ManagedUserPage', managedUserBody);

/** A user as administrators see them. */
export const viewManagedUser = (user: User): ValueOf<typeof managedUserBody> => ({
  ...viewUser(user),
  disabled: user.disabled,
  updatedAt: user.updatedAt.toISOString(),
});

export const tokensBody = object(
  'Tokens',
  {
    user: userBody.description('The user who has logged in'),
    accessToken: string().description('Send it as `Authorization: Bearer …`').example(EXAMPLE_ACCESS_TOKEN),
    tokenType: oneOf('Bearer').description('How the access token is sent (RFC 6750)'),
    expiresIn: storedInteger(1).description('Lifetime of the access token in seconds').example(3600),
    refreshToken: string()
      .description('Valid for one call of `POST /auth/refresh`')
      .example(EXAMPLE_REFRESH_TOKEN),
  },
  { description: 'The tokens of a session, and its user' },
);

export const viewTokens = ({
  user,
  accessToken,
  expiresIn,
  refreshToken,
}: LoggedIn): ValueOf<typeof tokensBody> => ({
  user: viewUser(user),
  ...{ accessToken, tokenType: 'Bearer', expiresIn, refreshToken },
});

const sessionBody = object(
  'Session',
  {
    id: uuid().description('Id of the session').example(EXAMPLE_CUSTOMER.sessionId),
    device: string().nullable().description('`User-Agent` of the client').example(EXAMPLE_CUSTOMER.device),
    address: string()
      .nullable()
      .description('Network address of the client')
      .example(EXAMPLE_CUSTOMER.networkAddress),
    createdAt: createdAt().description('Time of the log-in'),
    lastUsedAt: timestamp()
      .description('Time of the last refresh or log-in, rounded down to the hour')
      .example(EXAMPLE_TIME),
    expiresAt: timestamp()
      .description('Time at which the session expires unless it is refreshed, rounded up to the hour')
      .example('2026-02-04T10:00:00.000Z'),
    current: boolean().description('Whether this is the session of the request').example(true),
  },
  { description: 'A session: a log-in from one device' },
);

export const sessionsBody = pageOf('SessionPage', sessionBody);

export const viewSession =
  (current: SessionId) =>
  ({
    id,
    device,
    address,
    createdAt: openedAt,
    lastUsedAt,
    expiresAt,
  }: Session): ValueOf<typeof sessionBody> => ({
    ...{ id, device, address },
    createdAt: openedAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: id === current,
  });

const keyBody = object(
  'JsonWebKey',
  {
    kid: string()
      .description('The thumbprint of the key (RFC 7638), as in the header of a token')
      .example('o0bn4BFGoWTqV1Ne9gCnWmBbmGp3FQXvPGwF0a8mZIY'),
    alg: oneOf('ES256', 'RS256').description('Algorithm of the signatures').example('ES256'),
    use: oneOf('sig').description('The key verifies signatures'),
    kty: oneOf('EC', 'RSA').description('Type of the key').example('EC'),
    crv: string().description('Curve of an EC key').example('P-256').optional(),
    x: string()
      .description('x coordinate of an EC key')
      .example('Y1N7gUfNtRv7QfUZ4sXQZ6XcQmPxmD5Wb6Fn0hZlYqg')
      .optional(),
    y: string()
      .description('y coordinate of an EC key')
      .example('5qGm7mJ1j3cW6f8lX2xk9yq8u0H2bC1sJYv0tT3nN5o')
      .optional(),
    e: string().description('Exponent of an RSA key').optional(),
    n: string().description('Modulus of an RSA key').optional(),
  },
  { description: 'A public key (RFC 7517)' },
);

export const keySetBody = object(
  'JsonWebKeySet',
  { keys: array(keyBody).description('The keys whose signatures are valid') },
  { description: 'Public keys (RFC 7517)' },
);

export const viewKeySet = (keys: readonly PublicKey[]): ValueOf<typeof keySetBody> => ({ keys });
