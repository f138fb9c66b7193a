import type { DomainEvent } from '../../../kernel/events.js';
import type { BulkCancellation } from './bulk-cancellation.js';
import type { Order, OrderStatus } from './order.js';

const TYPES = {
  pending: 'order.placed',
  confirmed: 'order.confirmed',
  shipped: 'order.shipped',
  delivered: 'order.delivered',
  cancelled: 'order.cancelled',
} as const satisfies Readonly<Record<OrderStatus, string>>;

export type OrderEvent = DomainEvent<(typeof TYPES)[OrderStatus]>;

/** The order, as it is stored now, has come to its status. */
export const orderEvent = ({ id, customerId, status, version, updatedAt }: Order): OrderEvent => ({
  type: TYPES[status],
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: { customerId },
});

export type BulkCancellationEvent = DomainEvent<`bulk_cancellation.${'started' | 'continued' | 'finished'}`>;

const stepOf = ({ version, finishedAt }: BulkCancellation): BulkCancellationEvent['type'] => {
  if (finishedAt !== null) return 'bulk_cancellation.finished';
  return version === 1 ? 'bulk_cancellation.started' : 'bulk_cancellation.continued';
};

/** The cancellation, as it is stored now, has come to its next batch or to its end. */
export const bulkCancellationEvent = (bulk: BulkCancellation): BulkCancellationEvent => ({
  type: stepOf(bulk),
  aggregateId: bulk.id,
  version: bulk.version,
  occurredAt: bulk.updatedAt,
  data: bulk.customerId === null ? {} : { customerId: bulk.customerId },
});
