import { createHash, randomUUID } from 'node:crypto';
import { parseEmailAddress, requireEmailAddress } from '#src/platform/email-address.js';
import type { EmailKey } from '#src/kernel/email-address.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Rotation } from '#src/contexts/accounts/application/ports.js';
import type { ApiKey } from '#src/contexts/accounts/domain/api-key.js';
import type { KnownPlace } from '#src/contexts/accounts/domain/known-place.js';
import type { MailToken } from '#src/contexts/accounts/domain/mail-token.js';
import type { Session } from '#src/contexts/accounts/domain/session.js';
import type { User } from '#src/contexts/accounts/domain/user.js';
import { newId } from './ids.js';

/** The address in a text that is known to be one. */
export const anEmail = requireEmailAddress;

const CREATED = new Date('2026-03-01T10:00:00.123Z');

/** A customer with an e-mail address of their own. What is no address is its own key. */
export const aUser = (given: Partial<User> = {}): User => {
  const id = given.id ?? newId<UserId>();
  const email = given.email ?? `${id}@example.org`;
  return {
    id,
    name: 'Ann Example',
    email,
    emailKey: parseEmailAddress(email)?.key ?? (email as EmailKey),
    username: null,
    passwordHash: 'hash of a password',
    emailVerifiedAt: null,
    role: 'customer',
    disabled: false,
    version: 1,
    createdAt: CREATED,
    updatedAt: CREATED,
    ...given,
  };
};

/** A session that began an hour after its user was made and lasts a month. */
export const aSession = (userId: UserId, given: Partial<Session> = {}): Session => {
  const createdAt = given.createdAt ?? new Date('2026-03-01T11:00:00.456Z');
  return {
    id: newId(),
    userId,
    device: 'Firefox',
    address: '192.0.2.7',
    createdAt,
    authenticatedAt: createdAt,
    lastUsedAt: createdAt,
    expiresAt: new Date('2026-03-31T11:00:00.456Z'),
    endedAt: null,
    previous: null,
    version: 1,
    ...given,
  };
};

/** Returns the hash of an unknown refresh token. */
export const aTokenHash = (): string => createHash('sha256').update(randomUUID()).digest('hex');

/** A token by which a password can be reset for half an hour. */
export const aMailToken = (userId: UserId, given: Partial<MailToken> = {}): MailToken => ({
  tokenHash: aTokenHash(),
  userId,
  purpose: 'password_reset',
  createdAt: new Date('2026-03-01T11:00:00.456Z'),
  expiresAt: new Date('2026-03-01T11:30:00.456Z'),
  ...given,
});

/** An API key that is valid, does not expire and was never used. */
export const anApiKey = (given: Partial<ApiKey> = {}): ApiKey => ({
  id: newId(),
  name: 'Warehouse',
  prefix: 'pk_249qPI',
  scopes: ['catalog:write', 'orders:read'],
  createdBy: newId<UserId>(),
  createdAt: new Date('2026-03-01T11:00:00.456Z'),
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  version: 1,
  ...given,
});

/** Returns an unknown place. */
export const aKnownPlace = (userId: UserId, given: Partial<KnownPlace> = {}): KnownPlace => ({
  placeHash: aTokenHash(),
  userId,
  seenAt: new Date('2026-03-01T11:00:00.456Z'),
  ...given,
});

/** Returns the rotation of a token to a new one, which is stored for half a minute. */
export const aRotation = (consumed: string, given: Partial<Rotation> = {}): Rotation => {
  const at = given.at ?? new Date('2026-03-02T08:30:00.789Z');
  return {
    consumed,
    successor: aTokenHash(),
    sealedSuccessor: { sealed: 'sealed', until: new Date(at.getTime() + 30_000) },
    at,
    ...given,
  };
};
