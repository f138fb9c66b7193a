import type { SessionId, UserId } from '#src/kernel/ids.js';

/** Where a session is used from, as its user can recognise it. Neither is proof of anything. */
export interface Client {
  /** What the client says that it is, its `User-Agent`; null when it says nothing. */
  readonly device: string | null;
  /** The address that it called from; null when that is not known. */
  readonly address: string | null;
}

/** What a refresh changes of a session. */
export interface Use extends Client {
  /** The last time that it was refreshed. Requests do not move it: that would be a write for each of them. */
  readonly lastUsedAt: Date;
  /** When it is over, unless it is refreshed before. */
  readonly expiresAt: Date;
}

/** One log-in. All its tokens live and die with it. */
export interface Session extends Use {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly createdAt: Date;
  /** When its user last proved their password: with the log-in, or since with a change of it or of their address. */
  readonly authenticatedAt: Date;
  readonly endedAt: Date | null;
  /** What is shown until the last refresh is; null when there was none, and some time later. */
  readonly previous: Use | null;
  readonly version: number;
}

/**
 * Milliseconds in which a spent token gets its successor once more: long enough for a client to notice that an answer was
 * lost and to ask again, or for two tabs to refresh at once, and too short to be of use to somebody who finds a spent
 * token in a log or a backup.
 */
export const REFRESH_GRACE_MS = 30_000;

/**
 * Milliseconds for which nothing shows that a session was refreshed. The holder of a stolen access token who saw it sooner
 * would know when to replay a stolen refresh token. Twice the grace period, since the clocks of processes differ.
 */
const UNSHOWN_MS = 2 * REFRESH_GRACE_MS;

const HOUR_MS = 3_600_000;

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
  authenticatedAt: createdAt,
  lastUsedAt: createdAt,
  expiresAt,
  endedAt: null,
  previous: null,
  version: 1,
});

const isLive = ({ endedAt, expiresAt }: Pick<Session, 'endedAt' | 'expiresAt'>, at: Date): boolean =>
  endedAt === null && at.getTime() < expiresAt.getTime();

/** The last use that may be shown at that time. */
const shownUse = ({ previous, device, address, lastUsedAt, expiresAt }: Session, at: Date): Use =>
  previous !== null && at.getTime() < lastUsedAt.getTime() + UNSHOWN_MS
    ? previous
    : { device, address, lastUsedAt, expiresAt };

const refresh = (session: Session, at: Date, expiresAt: Date, from: Client): Session => ({
  ...session,
  ...client(from),
  lastUsedAt: at,
  expiresAt,
  previous: shownUse(session, at),
  version: session.version + 1,
});

/** The session after the successor of its last refresh token was given out once more. */
const replay = (session: Session): Session => ({ ...session, version: session.version + 1 });

/** Whether a client is on the device and in the network of the last use. `networkOf` names the network of an address. */
const isUsedFrom = (
  { device, address }: Client,
  from: Client,
  networkOf: (address: string) => string,
): boolean => {
  const caller = client(from);
  const network = (of: string | null): string | null => (of === null ? null : networkOf(of));
  return device === caller.device && network(address) === network(caller.address);
};

/** What is shown of a session, be it to its user: with a delay, and by the hour. */
const show = (session: Session, at: Date): Session => {
  const { lastUsedAt, expiresAt, ...from } = shownUse(session, at);
  const hour = Math.floor(lastUsedAt.getTime() / HOUR_MS) * HOUR_MS;
  return {
    ...session,
    ...from,
    lastUsedAt: new Date(Math.max(hour, session.createdAt.getTime())),
    expiresAt: new Date(Math.ceil(expiresAt.getTime() / HOUR_MS) * HOUR_MS),
  };
};

const reauthenticate = (session: Session, at: Date): Session => ({
  ...session,
  authenticatedAt: at,
  version: session.version + 1,
});

const end = (session: Session, at: Date): Session => ({
  ...session,
  endedAt: at,
  version: session.version + 1,
});

export const Session = { open, isLive, refresh, replay, isUsedFrom, show, reauthenticate, end };
