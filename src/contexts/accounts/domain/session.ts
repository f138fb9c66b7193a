import type { SessionId, UserId } from '#src/kernel/ids.js';

/** The device and address of a session, so that its user can recognise it. Neither is proof of anything. */
export interface Client {
  /** The client's own `User-Agent`; null if it sends none. */
  readonly device: string | null;
  /** The address of the client; null if it is unknown. */
  readonly address: string | null;
}

/** The part of a session that a refresh changes. */
export interface Use extends Client {
  /** The time of the last refresh. Requests do not change it: each would have to write. */
  readonly lastUsedAt: Date;
  /** When the session ends, unless it is refreshed before. */
  readonly expiresAt: Date;
}

/** A log-in. All its tokens end with it. */
export interface Session extends Use {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly createdAt: Date;
  /** When its user last proved their password: at the log-in, or since by changing it or the address. */
  readonly authenticatedAt: Date;
  readonly endedAt: Date | null;
  /** Shown while the last refresh is still hidden; null if there was none, and after some time. */
  readonly previous: Use | null;
  readonly version: number;
}

/**
 * Milliseconds in which a consumed token returns its successor once more: long enough for a client to notice that a response was
 * lost and to retry, or for two tabs to refresh at once, and too short for an attacker who finds a consumed token in a log or a
 * backup.
 */
export const REFRESH_GRACE_MS = 30_000;

/**
 * Milliseconds for which a refresh of a session stays hidden. A thief of an access token who saw it sooner would know when to
 * replay a stolen refresh token. Twice the grace period, since the clocks of processes differ.
 */
const UNSHOWN_MS = 2 * REFRESH_GRACE_MS;

const HOUR_MS = 3_600_000;

const DEVICE_LENGTH = 200;
const ADDRESS_LENGTH = 64;

/** Returns the stored part of a text, without characters that could move a cursor or break a line; null if nothing is left. */
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

/** Returns the last use that may be shown at that time. */
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

/** Returns the session after the successor of its last refresh token was returned once more. */
const replay = (session: Session): Session => ({ ...session, version: session.version + 1 });

/** Returns whether a client has the device and the network of the last use. `networkOf` returns the network of an address. */
const isUsedFrom = (
  { device, address }: Client,
  from: Client,
  networkOf: (address: string) => string,
): boolean => {
  const caller = client(from);
  const network = (of: string | null): string | null => (of === null ? null : networkOf(of));
  return device === caller.device && network(address) === network(caller.address);
};

/** Returns what is shown of a session, also to its user: with a delay, and to the hour. */
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
