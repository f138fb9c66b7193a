import type { UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { BulkCancellationId } from '../domain/bulk-cancellation.js';
import type { OrderingPorts } from './ports.js';
import { startBulkCancellation } from './start-bulk-cancellation.js';

/**
 * Starts to cancel the pending orders of a user who was disabled, if there are any. `id` is the same however often it is
 * asked for, so that the second time changes nothing.
 */
export const cancelOrdersOfDisabledUser =
  (id: BulkCancellationId, customerId: UserId): Work<OrderingPorts, void> =>
  async (ports) => {
    const { bulkCancellations, orders } = ports;
    if ((await bulkCancellations.find(id)) !== null) return;
    if ((await orders.countPending(customerId, 1)) === 0) return;
    await startBulkCancellation(ports)({ id, reason: 'user_disabled', customerId });
  };
