import type { OrderId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { reservationFailed } from '../domain/events.js';
import { Reservation } from '../domain/reservation.js';
import type { ShortLine } from '../domain/sale.js';
import type { ReservationPorts } from './ports.js';
import { takeAllOrNone } from './take-stock.js';

/** Step: takes the stock of a released reservation again; returns the lines that are short, or null if it is taken. */
const takeAgain =
  (ports: ReservationPorts) =>
  async ({ orderId, lines }: Reservation): Promise<readonly ShortLine[] | null> => {
    if (lines.length === 0) return []; // no stock was ever taken, and what was ordered is unknown
    const note = `Taken again: order ${orderId} was placed after its reservation was released`;
    const taken = await takeAllOrNone(ports)(lines, { reason: 'adjustment', note });
    return 'short' in taken ? taken.short : null;
  };

/** Step: stores that an order without a reservation was placed. */
const confirmWithout =
  ({ reservations, stock, events, now }: ReservationPorts) =>
  async (orderId: OrderId): Promise<void> => {
    // Placed when catalogue and ordering were one process: it took its stock then, and perhaps returned it.
    if (await stock.hasMoved(orderId)) return;
    const failed = Reservation.without(orderId, 'failed', now());
    await reservations.add(failed);
    await events.append(reservationFailed(failed, []));
  };

/**
 * Makes the reservation of an order that was placed last. If it was released before, its stock is taken again; if that is not there
 * any more, the reservation fails, and the event `reservation.failed` has the order cancelled.
 */
export const confirmReservation =
  (orderId: OrderId): Work<ReservationPorts, void> =>
  async (ports) => {
    const { reservations, events, now } = ports;
    const found = await reservations.lock(orderId);
    if (found === null) return confirmWithout(ports)(orderId);
    if (found.state !== 'reserved' && found.state !== 'released') return;
    const short = found.state === 'released' ? await takeAgain(ports)(found) : null;
    const settled = (short === null ? Reservation.confirm : Reservation.fail)(found, now());
    await reservations.update(settled);
    if (short !== null) await events.append(reservationFailed(settled, short));
  };
