import type { UserEvent } from '#src/contexts/accounts/public.js';
import type { CatalogEvent } from '#src/contexts/catalog/public.js';
import type { Receiver } from '#src/platform/inbox/receiver.js';
import { cancelOrdersOfDisabledUser } from '../../application/bulk-cancellation.js';
import { cancelUnreservedOrder } from '../../application/cancel-order.js';
import type { OrderingPorts } from '../../application/ports.js';

type Disabling = Extract<UserEvent, { readonly type: 'user.disabled' }>;
type FailedReservation = Extract<CatalogEvent, { readonly type: 'reservation.failed' }>;

/** Starts to cancel the pending orders of a user who was disabled in another process. */
export const userReceiver: Receiver<OrderingPorts, Disabling> = {
  name: 'ordering.users',
  types: ['user.disabled'],
  handle: async ({ id, aggregateId }, ports) => {
    // What is being placed may become an order in a moment: then it has to be cancelled as well.
    if ((await ports.placements.countPlacements(aggregateId, 1)) > 0)
      throw new Error('an order of the user is being placed: the event comes again');
    await cancelOrdersOfDisabledUser(id, aggregateId)(ports);
  },
};

/** Cancels an order whose stock was gone when the other process learned that it is placed. */
export const reservationReceiver: Receiver<OrderingPorts, FailedReservation> = {
  name: 'ordering.reservations',
  types: ['reservation.failed'],
  handle: ({ aggregateId }, ports) => cancelUnreservedOrder(aggregateId)(ports),
};
