import type { EventId } from '#src/kernel/events.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { BulkCancellation } from '../domain/bulk-cancellation.js';
import type { OrderingPorts } from './ports.js';
import { startBulkCancellation } from './start-bulk-cancellation.js';

/**
 * Starts to cancel the pending orders of a user who was disabled, if there are any. The cancellation has the id of the
 * event, so that a repeated delivery changes nothing.
 */
export const cancelOrdersOfDisabledUser =
  (event: EventId, customerId: UserId): Work<OrderingPorts, void> =>
  async (ports) => {
    const { bulkCancellations, orders } = ports;
    const id = BulkCancellation.idOf(event);
    if ((await bulkCancellations.find(id)) !== null) return;
    if ((await orders.countPending(customerId, 1)) === 0) return;
    await startBulkCancellation(ports)({ id, reason: 'user_disabled', customerId });
  };
