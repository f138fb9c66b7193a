import type { Erasure } from '#src/kernel/personal-data.js';
import type { BulkCancellationId } from '../domain/bulk-cancellation.js';
import { fail } from '../domain/errors.js';
import type { OrderingPorts } from './ports.js';
import { startBulkCancellation } from './bulk-cancellation.js';

/**
 * Step: a customer, who is locked, is erased. Starts to cancel their pending orders and to remove the addresses from all of
 * them, which is done in batches afterwards; `userId` stays as a pseudonym. Fails with `open_orders` while one is confirmed
 * or shipped.
 */
export const releaseCustomer =
  (ports: Pick<OrderingPorts, 'orders' | 'bulkCancellations' | 'events' | 'now'>) =>
  async ({ id: erasure, person: customerId }: Erasure): Promise<void> => {
    // One erasure has one bulk cancellation: they can share an id.
    const id = erasure as string as BulkCancellationId;
    const { orders } = ports;
    if (await orders.hasOpen(customerId)) throw fail('open_orders');
    const { items } = await orders.listHeads({ customerId }, { limit: 1, after: null });
    if (items.length === 0) return;
    await startBulkCancellation(ports)({ id, reason: 'customer_erased', customerId });
  };
