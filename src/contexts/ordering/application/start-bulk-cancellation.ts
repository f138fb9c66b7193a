import { BulkCancellation, type NewBulkCancellation } from '../domain/bulk-cancellation.js';
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
