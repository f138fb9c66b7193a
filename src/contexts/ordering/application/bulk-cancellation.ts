import type { Administrator } from '#src/kernel/actor.js';
import type { EventId } from '#src/kernel/events.js';
import type { NewId, UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import {
  BulkCancellation,
  type NewBulkCancellation,
  type BulkCancellationId,
  type BulkFilter,
} from '../domain/bulk-cancellation.js';
import { bulkCancellationEvent } from '../domain/events.js';
import type { OrderingPorts } from './ports.js';

/** Step: stores a bulk cancellation and appends the event that has its first batch done. */
export const startBulkCancellation =
  ({ bulkCancellations, events, now }: Pick<OrderingPorts, 'bulkCancellations' | 'events' | 'now'>) =>
  async (wanted: NewBulkCancellation): Promise<BulkCancellation> => {
    const bulk = BulkCancellation.start(wanted, now());
    await bulkCancellations.add(bulk);
    await events.append(bulkCancellationEvent(bulk));
    return bulk;
  };

/** Starts to cancel the pending orders that the filter lets through, for an administrator. */
export const requestBulkCancellation =
  ({ newId }: { newId: NewId }) =>
  (by: Administrator, filter: Partial<BulkFilter>): Work<OrderingPorts, BulkCancellation> => {
    const id = newId<BulkCancellationId>();
    return (ports) =>
      startBulkCancellation(ports)({ ...filter, id, reason: 'requested', requestedBy: by.id });
  };

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
