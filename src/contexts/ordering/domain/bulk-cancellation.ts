import type { Brand } from '#src/kernel/brand.js';
import type { EventId } from '#src/kernel/events.js';
import type { CustomerId, UserId } from '#src/kernel/ids.js';
import type { Position } from '#src/kernel/page.js';

export type BulkCancellationId = Brand<string, 'BulkCancellationId'>;

export const BULK_REASONS = ['requested', 'user_disabled', 'customer_erased'] as const;
export type BulkReason = (typeof BULK_REASONS)[number];

/** Conditions on pending orders: an order is cancelled if it meets all of them. */
export interface BulkFilter {
  readonly customerId: CustomerId | null;
  /** Placed at this time or later. */
  readonly from: Date | null;
  /** Placed before this time. */
  readonly to: Date | null;
}

/**
 * The cancellation of many pending orders, in batches, from the latest order to the earliest. When their customer is erased,
 * it also removes the addresses from all of that customer's orders.
 */
export interface BulkCancellation extends BulkFilter {
  readonly id: BulkCancellationId;
  readonly reason: BulkReason;
  /** The administrator who requested it; null if an event caused it. */
  readonly requestedBy: UserId | null;
  /** End of the last batch; null before the first one. The key is the time of placing in milliseconds since 1970. */
  readonly after: Position | null;
  /** Number of orders that it has cancelled so far. */
  readonly cancelled: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Null while there are batches left. */
  readonly finishedAt: Date | null;
}

export type NewBulkCancellation = Pick<BulkCancellation, 'id' | 'reason'> &
  Partial<BulkFilter & Pick<BulkCancellation, 'requestedBy'>>;

const earliest = (to: Date | null, at: Date): Date => (to !== null && to < at ? to : at);

/**
 * Starts a cancellation. An administrator's does not touch orders that are placed after the request, however late its first batch
 * runs.
 */
const start = (
  { id, reason, customerId = null, from = null, to = null, requestedBy = null }: NewBulkCancellation,
  at: Date,
): BulkCancellation => ({
  ...{ id, reason, customerId, from, requestedBy },
  to: reason === 'requested' ? earliest(to, at) : to,
  after: null,
  cancelled: 0,
  version: 1,
  createdAt: at,
  updatedAt: at,
  finishedAt: null,
});

/** Ends a batch at `after`, or the whole cancellation if that is null. */
const advance = (bulk: BulkCancellation, after: Position | null, at: Date): BulkCancellation => ({
  ...bulk,
  after,
  version: bulk.version + 1,
  updatedAt: at,
  finishedAt: after === null ? at : null,
});

/** Returns the id of the cancellation that an event causes: at most one, however often the event is delivered. */
const idOf = (event: EventId): BulkCancellationId => event as string as BulkCancellationId;

export const BulkCancellation = { start, advance, idOf };
