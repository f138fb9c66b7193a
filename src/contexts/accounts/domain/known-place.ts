import type { UserId } from '#src/kernel/ids.js';

/** A network from which a user has proved who they are. */
export interface KnownPlace {
  /** Stands for user and network together: the network itself is not stored. */
  readonly placeHash: string;
  readonly userId: UserId;
  /** When they last proved it from there, to within a day. */
  readonly seenAt: Date;
}

const DAY_MS = 24 * 3_600_000;

/** Milliseconds: long enough for customers who come once a season. */
const KNOWN_FOR_MS = 90 * DAY_MS;

/** So that a session that is refreshed every hour does not write every hour. */
const RENEWED_AFTER_MS = DAY_MS;

/** Maximum number of places of one user: mobile networks give a phone another address every day. */
const MOST = 50;

/** The time at which places that are known no more were seen last, or before. */
const forgottenBefore = (at: Date): Date => new Date(at.getTime() - KNOWN_FOR_MS);

const isKnown = (seenAt: Date | null, at: Date): boolean => seenAt !== null && seenAt > forgottenBefore(at);

const isToBeRenewed = (seenAt: Date | null, at: Date): boolean =>
  seenAt === null || at.getTime() - seenAt.getTime() >= RENEWED_AFTER_MS;

export const KnownPlace = { MOST, forgottenBefore, isKnown, isToBeRenewed };
