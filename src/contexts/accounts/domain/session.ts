import type { SessionId, UserId } from '../../../kernel/ids.js';

/** One log-in. All its tokens live and die with it. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly createdAt: Date;
  /** The last time a token of it was issued. */
  readonly lastUsedAt: Date;
  /** The absolute end: no refresh moves it. */
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly version: number;
}

const open = (id: SessionId, userId: UserId, at: Date, expiresAt: Date): Session => ({
  id,
  userId,
  createdAt: at,
  lastUsedAt: at,
  expiresAt,
  endedAt: null,
  version: 1,
});

const isLive = ({ endedAt, expiresAt }: Pick<Session, 'endedAt' | 'expiresAt'>, at: Date): boolean =>
  endedAt === null && at.getTime() < expiresAt.getTime();

const use = (session: Session, at: Date): Session => ({ ...session, lastUsedAt: at });

const end = (session: Session, at: Date): Session => ({ ...session, endedAt: at });

export const Session = { open, isLive, use, end };
