import type { SessionId, UserId } from '../../../kernel/ids.js';

/** Where a session is used from, as its user can recognise it. Neither is proof of anything. */
export interface Client {
  /** What the client says that it is, its `User-Agent`; null when it says nothing. */
  readonly device: string | null;
  /** The address that it called from; null when that is not known. */
  readonly address: string | null;
}

/** One log-in. All its tokens live and die with it. */
export interface Session extends Client {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly createdAt: Date;
  /** The last time that it was refreshed. Requests do not move it: that would be a write for each of them. */
  readonly lastUsedAt: Date;
  /** When it is over, unless it is refreshed before. */
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly version: number;
}

const DEVICE_LENGTH = 200;
const ADDRESS_LENGTH = 64;

/** Cut to what is stored, without what could move a cursor or break a line where it is shown; null when nothing is left. */
const shown = (text: string | null, length: number): string | null => {
  const left = Array.from((text ?? '').replace(/\p{Cc}/gu, '')).slice(0, length);
  return left.length === 0 ? null : left.join('');
};

const client = ({ device, address }: Client): Client => ({
  device: shown(device, DEVICE_LENGTH),
  address: shown(address, ADDRESS_LENGTH),
});

interface NewSession extends Client {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const open = ({ id, userId, createdAt, expiresAt, ...from }: NewSession): Session => ({
  id,
  userId,
  ...client(from),
  createdAt,
  lastUsedAt: createdAt,
  expiresAt,
  endedAt: null,
  version: 1,
});

const isLive = ({ endedAt, expiresAt }: Pick<Session, 'endedAt' | 'expiresAt'>, at: Date): boolean =>
  endedAt === null && at.getTime() < expiresAt.getTime();

const refresh = (session: Session, at: Date, expiresAt: Date, from: Client): Session => ({
  ...session,
  ...client(from),
  lastUsedAt: at,
  expiresAt,
});

const end = (session: Session, at: Date): Session => ({ ...session, endedAt: at });

export const Session = { open, isLive, refresh, end };
