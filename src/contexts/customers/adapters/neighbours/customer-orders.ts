import {
  releaseCustomer,
  type BulkCancellationId,
  type OrderingPorts,
} from '#src/contexts/ordering/public.js';
import type { Orders } from '../../application/ports.js';

export const customerOrders = (
  ports: Pick<OrderingPorts, 'orders' | 'bulkCancellations' | 'events' | 'now'>,
): Orders => ({
  // One erasure has one bulk cancellation: they can share an id.
  release: (customer, erasure) => releaseCustomer(ports)(erasure as string as BulkCancellationId, customer),
});
