import type { UserEvent } from '#src/contexts/accounts/public.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { cancelOrdersOfDisabledUser } from '../application/bulk-cancellation.js';
import { continueBulkCancellation } from '../application/continue-bulk-cancellation.js';
import type { OrderingPorts } from '../application/ports.js';
import type { BulkCancellationEvent } from '../domain/events.js';

type Handled = Extract<UserEvent, { readonly type: 'user.disabled' }> | BulkCancellationEvent;

/**
 * Does bulk cancellations, a batch for each of their events, and starts one when a user is disabled. Each batch appends
 * the event of the next, so that it goes on in whichever process delivers that.
 */
export const cancellationSubscriber = ({
  transact,
}: {
  readonly transact: Transact<OrderingPorts>;
}): Subscriber<Handled> => ({
  name: 'ordering.cancellations',
  types: ['user.disabled', 'bulk_cancellation.started', 'bulk_cancellation.continued'],
  handle: (event, signal) =>
    event.type === 'user.disabled'
      ? transact(cancelOrdersOfDisabledUser(event.id, event.aggregateId))
      : continueBulkCancellation({ transact })(event.aggregateId, event.version, signal),
});
