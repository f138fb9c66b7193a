import type { OrderId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Reservation } from '../domain/reservation.js';
import type { ReservationPorts } from './ports.js';
import { giveBack } from './return-stock.js';

/**
 * Step: releases a reservation that this transaction has locked, and returns its stock. The ledger calls it an adjustment without
 * order: its cancellation of an order is that of the order itself, and there is one of them.
 */
export const release =
  (ports: ReservationPorts) =>
  async (reserved: Reservation): Promise<void> => {
    const { orderId, lines } = reserved;
    await ports.reservations.update(Reservation.release(reserved, ports.now()));
    await giveBack(ports)(orderId, lines, {
      reason: 'adjustment',
      note: `Released: the reservation of order ${orderId}`,
    });
  };

/**
 * Returns the stock that is reserved for an order, once. Without a reservation it stores that there will be none, so that a request
 * to reserve which arrives late is refused. The stock of an order that is placed is left alone.
 */
export const releaseReservation =
  (orderId: OrderId): Work<ReservationPorts, void> =>
  async (ports) => {
    const { reservations, now } = ports;
    const found = await reservations.lock(orderId);
    if (found === null) await reservations.add(Reservation.without(orderId, 'released', now()));
    else if (found.state === 'reserved') await release(ports)(found);
  };
