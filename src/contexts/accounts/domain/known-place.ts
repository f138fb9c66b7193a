import type { UserId } from '#src/kernel/ids.js';

/** A network at which a user has logged in. */
export interface KnownPlace {
  /** Identifies user and network together: the network itself is not stored. */
  readonly placeHash: string;
  readonly userId: UserId;
  /** The last time the user proved who they are there, to within two days. */
  readonly seenAt: Date;
}

const DAY_MS = 24 * 3_600_000;

/** Milliseconds: long enough for customers who come once a season. */
const KNOWN_FOR_MS = 90 * DAY_MS;

/** A session that is refreshed every hour must not write every hour. */
const RENEWED_AFTER_MS = DAY_MS;

/** Maximum number of a user's places: mobile networks assign a phone a new address every day. */
const MOST = 50;

/** Returns the time before which a place was last seen that is no longer known. */
const forgottenBefore = (at: Date): Date => new Date(at.getTime() - KNOWN_FOR_MS);

const isKnown = (seenAt: Date | null, at: Date): boolean => seenAt !== null && seenAt > forgottenBefore(at);

const isToBeRenewed = (seenAt: Date | null, at: Date): boolean =>
  seenAt === null || at.getTime() - seenAt.getTime() >= RENEWED_AFTER_MS;

/** Returns whether two times are on one day, of UTC. */
const isSameDay = (one: Date, other: Date): boolean =>
  Math.floor(one.getTime() / DAY_MS) === Math.floor(other.getTime() / DAY_MS);

export const KnownPlace = { MOST, forgottenBefore, isKnown, isToBeRenewed, isSameDay };
