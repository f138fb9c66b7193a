import { memoryTable } from '#src/platform/memory/table.js';
import type { SessionId } from '#src/kernel/ids.js';
import type { SealedSuccessor } from '../../application/ports.js';
import type { ApiKey } from '../../domain/api-key.js';
import type { KnownPlace } from '../../domain/known-place.js';
import type { MailToken } from '../../domain/mail-token.js';
import type { Session } from '../../domain/session.js';
import type { User } from '../../domain/user.js';

export const users = memoryTable<User>({
  name: 'users',
  key: ({ id }) => id,
  unique: {
    users_emailKey_unique: ({ emailKey }) => emailKey,
    users_username_unique: ({ username }) => username,
  },
});

export interface SessionRow {
  readonly session: Session;
  readonly sealedSuccessor: SealedSuccessor | null;
  /** Stays after the sealed successor is gone, since forgetting `session.previous` depends on it as well. */
  readonly graceUntil: Date | null;
}

export const sessions = memoryTable<SessionRow>({
  name: 'sessions',
  key: ({ session }) => session.id,
  references: { sessions_userId_fk: { table: () => users, key: ({ session }) => session.userId } },
});

export interface RefreshTokenRow {
  readonly tokenHash: string;
  readonly sessionId: SessionId;
  readonly createdAt: Date;
  readonly spentAt: Date | null;
}

export const refreshTokens = memoryTable<RefreshTokenRow>({
  name: 'refresh_tokens',
  key: ({ tokenHash }) => tokenHash,
  references: { refresh_tokens_sessionId_fk: { table: () => sessions, key: ({ sessionId }) => sessionId } },
});

export const mailTokens = memoryTable<MailToken>({
  name: 'mail_tokens',
  key: ({ tokenHash }) => tokenHash,
  references: { mail_tokens_userId_fk: { table: () => users, key: ({ userId }) => userId } },
});

export const knownPlaces = memoryTable<KnownPlace>({
  name: 'known_places',
  key: ({ placeHash }) => placeHash,
  references: { known_places_userId_fk: { table: () => users, key: ({ userId }) => userId } },
});

export interface ApiKeyRow extends ApiKey {
  readonly secretHash: string;
}

export const apiKeys = memoryTable<ApiKeyRow>({
  name: 'api_keys',
  key: ({ id }) => id,
  unique: { api_keys_secretHash_unique: ({ secretHash }) => secretHash },
});
