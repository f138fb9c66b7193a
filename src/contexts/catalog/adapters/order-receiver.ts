import type { Receiver } from '#src/platform/inbox/receiver.js';
import { confirmReservation } from '../application/confirm-reservation.js';
import type { ReservationPorts } from '../application/ports.js';
import { returnOrderedStock } from '../application/return-ordered-stock.js';
import type { OrderEvent } from '../domain/events.js';

/** Confirms the reservations of orders that another process has placed, and returns the stock of those that are cancelled. */
export const orderReceiver: Receiver<ReservationPorts, OrderEvent> = {
  name: 'catalog.orders',
  types: ['order.placed', 'order.cancelled'],
  handle: ({ type, aggregateId }, ports) =>
    (type === 'order.placed' ? confirmReservation : returnOrderedStock)(aggregateId)(ports),
};
