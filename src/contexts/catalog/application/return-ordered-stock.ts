import type { OrderId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Reservation } from '../domain/reservation.js';
import type { ReservationPorts } from './ports.js';
import { returnStock } from './return-stock.js';

/** States in which the ledger says what an order has taken. In the others, its stock was returned. */
const HOLDING: readonly Reservation['state'][] = ['reserved', 'confirmed'];

/**
 * Returns the stock of a cancelled order, once: what it has taken and not got back, by the ledger. So it also returns that of an order
 * whose reservation was purged, or which never had one.
 */
export const returnOrderedStock =
  (orderId: OrderId): Work<ReservationPorts, void> =>
  async (ports) => {
    const { reservations, stock, now } = ports;
    const found = await reservations.lock(orderId);
    if (found?.state === 'cancelled') return;
    // First: of two cancellations at once, the later waits here, and then finds it.
    if (found === null) await reservations.add(Reservation.without(orderId, 'cancelled', now()));
    else await reservations.update(Reservation.cancel(found, now()));
    if (found !== null && !HOLDING.includes(found.state)) return;
    const lines = await stock.findTaken(orderId);
    if (lines.length > 0) await returnStock(ports)(orderId, lines);
  };
