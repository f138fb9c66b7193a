import type { UserId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { cancelOrdersOfDisabledUser } from '../../application/cancel-orders-of-disabled-user.js';
import { continueBulkCancellation } from '../../application/continue-bulk-cancellation.js';
import type { OrderingPorts } from '../../application/ports.js';
import type { BulkCancellationId } from '../../domain/bulk-cancellation.js';

/**
 * Has bulk cancellations done, a batch for each of their events, and begins one when a user is disabled. Each batch appends
 * the event of the next, so that it goes on in whichever process delivers that.
 */
export const cancellationSubscriber =
  ({ transact }: { readonly transact: Transact<OrderingPorts> }): Subscriber =>
  async ({ id, type, aggregateId, version }, signal) => {
    switch (type) {
      case 'user.disabled':
        return transact(cancelOrdersOfDisabledUser(id as BulkCancellationId, aggregateId as UserId));
      case 'bulk_cancellation.started':
      case 'bulk_cancellation.continued':
        return continueBulkCancellation({ transact })(aggregateId as BulkCancellationId, version, signal);
    }
  };
