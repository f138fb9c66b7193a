import type { Role } from '#src/kernel/actor.js';
import type { EmailKey } from '#src/kernel/email-address.js';
import type { ApiKeyId, SessionId, UserId } from '#src/kernel/ids.js';
import {
  code,
  flag,
  instant,
  nullable,
  primaryKey,
  text,
  uuid,
  version,
} from '#src/platform/database/columns.js';
import { columnsOf, defineTable, defineTables, type RowIn } from '#src/platform/database/tables.js';
import type { MailPurpose } from '../../domain/mail-token.js';

export const accountTables = defineTables((sequelize) => {
  const users = defineTable(sequelize, 'users', {
    id: primaryKey(uuid<UserId>()),
    name: text(120),
    email: text(254),
    // Lower case can take two characters for one.
    emailKey: text<EmailKey>(508),
    username: nullable(text(30)),
    passwordHash: nullable(text(100)),
    emailVerifiedAt: nullable(instant()),
    role: text<Role>(16),
    disabled: flag(),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
  });
  const sessions = defineTable(sequelize, 'sessions', {
    id: primaryKey(uuid<SessionId>()),
    userId: uuid<UserId>(),
    createdAt: instant(),
    /** Null in rows that are older than the column: then the time of the log-in. */
    authenticatedAt: nullable(instant()),
    lastUsedAt: instant(),
    expiresAt: instant(),
    endedAt: nullable(instant()),
    device: nullable(text(200)),
    address: nullable(text(64)),
    successor: nullable(text(128)),
    graceUntil: nullable(instant()),
    previousDevice: nullable(text(200)),
    previousAddress: nullable(text(64)),
    /** Null if no earlier use is known, as are the others then. */
    previousUsedAt: nullable(instant()),
    previousExpiresAt: nullable(instant()),
    version: version(),
  });
  const refreshTokens = defineTable(sequelize, 'refresh_tokens', {
    tokenHash: primaryKey(code(64)),
    sessionId: uuid<SessionId>(),
    createdAt: instant(),
    spentAt: nullable(instant()),
  });
  const mailTokens = defineTable(sequelize, 'mail_tokens', {
    tokenHash: primaryKey(code(64)),
    userId: uuid<UserId>(),
    purpose: text<MailPurpose>(32),
    createdAt: instant(),
    expiresAt: instant(),
  });
  const knownPlaces = defineTable(sequelize, 'known_places', {
    placeHash: primaryKey(code(64)),
    userId: uuid<UserId>(),
    seenAt: instant(),
  });
  const apiKeys = defineTable(sequelize, 'api_keys', {
    id: primaryKey(uuid<ApiKeyId>()),
    secretHash: code(64),
    prefix: text(16),
    name: text(120),
    /** Separated by spaces. */
    scopes: text(255),
    createdBy: uuid<UserId>(),
    createdAt: instant(),
    expiresAt: nullable(instant()),
    lastUsedAt: nullable(instant()),
    revokedAt: nullable(instant()),
    version: version(),
  });
  return { users, sessions, refreshTokens, mailTokens, knownPlaces, apiKeys };
});

/** What rows refer to. */
export const accountReferences = defineTables((sequelize) => {
  const { users, refreshTokens } = accountTables(sequelize);
  return {
    toUser: { column: 'userId', to: users, key: 'id', columns: columnsOf(users) },
    toUserState: { column: 'userId', to: users, key: 'id', columns: ['role', 'disabled'] },
    toToken: { column: 'id', to: refreshTokens, key: 'sessionId', columns: ['spentAt'] },
  } as const;
});

type Tables = ReturnType<typeof accountTables>;
export type UserRow = RowIn<Tables['users']>;
export type ApiKeyRow = RowIn<Tables['apiKeys']>;
export type SessionRow = RowIn<Tables['sessions']>;
