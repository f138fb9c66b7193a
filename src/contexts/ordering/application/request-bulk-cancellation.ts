import type { Actor } from '#src/kernel/actor.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { BulkCancellation, BulkCancellationId, BulkFilter } from '../domain/bulk-cancellation.js';
import type { OrderingPorts } from './ports.js';
import { startBulkCancellation } from './start-bulk-cancellation.js';

/** Starts to cancel the pending orders that the filter lets through, for an administrator. */
export const requestBulkCancellation =
  ({ newId }: { newId: NewId }) =>
  (actor: Actor, filter: Partial<BulkFilter>): Work<OrderingPorts, BulkCancellation> => {
    const id = newId<BulkCancellationId>();
    return (ports) =>
      startBulkCancellation(ports)({ ...filter, id, reason: 'requested', requestedBy: actor.id });
  };
