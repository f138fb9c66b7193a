import Joi from 'joi';
import type { SessionId } from '#src/kernel/ids.js';
import { answer, pageOf, timestamp } from '#src/platform/http/routes/schemas.js';
import type { LoggedIn } from '../../application/open-session.js';
import type { PublicKey } from '../../application/ports.js';
import type { Session } from '../../domain/session.js';
import type { User } from '../../domain/user.js';

const userFields = {
  id: Joi.string().uuid(),
  name: Joi.string(),
  email: Joi.string(),
  emailVerified: Joi.boolean().description('Whether somebody has shown that they read the mail to it'),
  username: Joi.string().allow(null).description('Null for a user who has none'),
  role: Joi.string().valid('customer', 'admin'),
  createdAt: timestamp(),
};

export const userBody = answer('User', userFields);

/** What a user is told of themselves. */
export const viewUser = ({ id, name, email, emailVerifiedAt, username, role, createdAt }: User) => ({
  ...{ id, name, email, emailVerified: emailVerifiedAt !== null, username, role },
  createdAt: createdAt.toISOString(),
});

export const managedUserBody = answer('ManagedUser', {
  ...userFields,
  disabled: Joi.boolean().description('A disabled user can neither log in nor use a token'),
  updatedAt: timestamp(),
});

export const managedUsersBody = pageOf('ManagedUsers', managedUserBody);

/** What administrators are told of a user. */
export const viewManagedUser = (user: User) => ({
  ...viewUser(user),
  disabled: user.disabled,
  updatedAt: user.updatedAt.toISOString(),
});

export const tokensBody = answer('Tokens', {
  user: userBody,
  accessToken: Joi.string().description('Send it as `Authorization: Bearer …`'),
  tokenType: Joi.string().valid('Bearer'),
  expiresIn: Joi.number().integer().description('Seconds that the access token is good for'),
  refreshToken: Joi.string().description('Good for one call of `POST /auth/refresh`'),
});

export const viewTokens = ({ user, accessToken, expiresIn, refreshToken }: LoggedIn) => ({
  user: viewUser(user),
  ...{ accessToken, tokenType: 'Bearer', expiresIn, refreshToken },
});

const sessionBody = answer('Session', {
  id: Joi.string().uuid(),
  device: Joi.string().allow(null).description('What the client said that it is (`User-Agent`)'),
  address: Joi.string().allow(null).description('The network address that it called from'),
  createdAt: timestamp(),
  lastUsedAt: timestamp().description('The hour of the last refresh, or the log-in'),
  expiresAt: timestamp().description('When it is over unless it is refreshed before, rounded up to the hour'),
  current: Joi.boolean().description('Whether it is the one that asks'),
});

export const sessionsBody = pageOf('Sessions', sessionBody);

export const viewSession =
  (current: SessionId) =>
  ({ id, device, address, createdAt, lastUsedAt, expiresAt }: Session) => ({
    ...{ id, device, address },
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: id === current,
  });

const keyBody = answer('JsonWebKey', {
  kid: Joi.string().description('The thumbprint of the key (RFC 7638), as in the header of a token'),
  alg: Joi.string().valid('ES256', 'RS256'),
  use: Joi.string().valid('sig'),
  kty: Joi.string().valid('EC', 'RSA'),
  crv: Joi.string().optional(),
  x: Joi.string().optional(),
  y: Joi.string().optional(),
  e: Joi.string().optional(),
  n: Joi.string().optional(),
});

export const keySetBody = answer('JsonWebKeySet', { keys: Joi.array().items(keyBody) });

export const viewKeySet = (keys: readonly PublicKey[]) => ({ keys });
