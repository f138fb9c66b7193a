import type { EventsOf } from '#src/kernel/events.js';
import type { CustomerId, OrderId } from '#src/kernel/ids.js';
import type { BulkCancellation, BulkCancellationId } from './bulk-cancellation.js';
import type { Order, OrderStatus } from './order.js';

const TYPES = {
  pending: 'order.placed',
  confirmed: 'order.confirmed',
  shipped: 'order.shipped',
  delivered: 'order.delivered',
  cancelled: 'order.cancelled',
} as const satisfies Readonly<Record<OrderStatus, string>>;

export type OrderEvent = EventsOf<(typeof TYPES)[OrderStatus], OrderId, { readonly customerId: CustomerId }>;

/** Returns the event of an order that has reached its present status. */
export const orderEvent = ({ id, customerId, status, version, updatedAt }: Order): OrderEvent => ({
  type: TYPES[status],
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: { customerId },
});

export type BulkCancellationEvent = EventsOf<
  `bulk_cancellation.${'started' | 'continued'}`,
  BulkCancellationId
>;

/** Returns the event that triggers the next batch of a cancellation. */
export const bulkCancellationEvent = ({
  id,
  version,
  updatedAt,
}: BulkCancellation): BulkCancellationEvent => ({
  type: version === 1 ? 'bulk_cancellation.started' : 'bulk_cancellation.continued',
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: {},
});
