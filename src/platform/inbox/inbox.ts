import type { EventId } from '#src/kernel/events.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How long after it occurred an event may be received, in milliseconds. A sender attempts a delivery for minutes, but it keeps a
 * dead-lettered one until an operator requeues it, however late: what is older than this is refused, because it can no longer be
 * known whether it was received before.
 */
export const RECEIVED_WITHIN_MS = 30 * DAY_MS;

/** How long ids are stored, in milliseconds: a day longer, because the clocks of sender and receiver differ. */
export const RETENTION_MS = RECEIVED_WITHIN_MS + DAY_MS;

/** The ids of the events that were received from other processes, by which a repeated delivery is recognised. */
export interface Inbox {
  /**
   * Stores the id of an event and returns true, or returns false if it is stored already. If another transaction is storing it,
   * this waits for the end of that one and fails with `stale_write`, or with a deadlock, so that the next attempt finds the id.
   */
  receive(id: EventId, at: Date): Promise<boolean>;
  /** Removes at most `limit` ids that were received before that time; returns the number of removed ids. */
  purge(before: Date, limit: number): Promise<number>;
}

/** Ports of a transaction that receives events. */
export interface WithInbox {
  readonly inbox: Inbox;
}
