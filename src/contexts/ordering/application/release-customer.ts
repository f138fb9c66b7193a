import type { CustomerId } from '#src/kernel/ids.js';
import type { Erasure } from '#src/kernel/personal-data.js';
import type { BulkCancellationId } from '../domain/bulk-cancellation.js';
import { fail } from '../domain/errors.js';
import type { OrderingPorts } from './ports.js';
import { startBulkCancellation } from './bulk-cancellation.js';

/** Step: fails with `open_orders` while an order of the customer, who is locked, is confirmed or shipped. */
export const requireNoOpenOrders =
  ({ orders }: Pick<OrderingPorts, 'orders'>) =>
  async (customerId: CustomerId): Promise<void> => {
    if (await orders.hasOpen(customerId)) throw fail('open_orders');
  };

/**
 * Step: a customer, who is locked, is erased. Starts to cancel their pending orders and to remove the addresses from all of
 * them, which is done in batches afterwards; `userId` stays as a pseudonym.
 */
export const releaseCustomer =
  (ports: Pick<OrderingPorts, 'orders' | 'placements' | 'bulkCancellations' | 'events' | 'now'>) =>
  async ({ id: erasure, person: customerId, profileVersion }: Erasure): Promise<void> => {
    // One erasure has one bulk cancellation: they can share an id.
    const id = erasure as string as BulkCancellationId;
    const { orders, placements, bulkCancellations } = ports;
    if (profileVersion === null) {
      // It was started already if the erasure began before the shop was split into services.
      if ((await bulkCancellations.find(id)) !== null) return;
      // There are placements only where other processes are. This waits for one that is becoming an order, which is found below.
      await placements.removeAll(customerId);
    }
    const { items } = await orders.listHeads({ customerId }, { limit: 1, after: null });
    if (items.length === 0) return;
    await startBulkCancellation(ports)({ id, reason: 'customer_erased', customerId });
  };
