import type { Now } from '#src/kernel/clock.js';
import { failWrite } from '#src/kernel/errors.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Reservation } from '../domain/reservation.js';
import type { SoldLine, WantedLine } from '../domain/sale.js';
import type { ReservationPorts } from './ports.js';
import { takeStock } from './take-stock.js';

/** Step: returns the reservation that an order was found to have. */
const requireEarlier =
  ({ reservations }: Pick<ReservationPorts, 'reservations'>) =>
  async (orderId: OrderId): Promise<Reservation> => {
    const earlier = await reservations.find(orderId);
    if (earlier === null) throw failWrite('stale_write'); // it was purged at this moment
    return earlier;
  };

/**
 * Takes every line's stock for an order that another process is about to place, or none, until `expiresAt`. For an order that has a
 * reservation it takes nothing, and returns the same lines. Fails with `out_of_stock`, which may be tried again, and with
 * `reservation_lapsed` once the stock was released.
 */
export const reserveStock =
  ({ now }: { readonly now: Now }) =>
  (
    orderId: OrderId,
    wanted: readonly WantedLine[],
    { expiresAt }: { readonly expiresAt: Date },
  ): Work<ReservationPorts, readonly SoldLine[]> => {
    const opened = Reservation.open({ orderId, expiresAt, at: now() });
    return async (ports) => {
      const { reservations } = ports;
      // Before the stock: of two requests for one order, the later waits here, and takes nothing.
      const isFirst = await reservations.addFirst(opened);
      if (!isFirst) return Reservation.repeat(await requireEarlier(ports)(orderId), wanted);
      const lines = await takeStock(ports)(orderId, wanted);
      await reservations.update(Reservation.fill(opened, lines));
      return lines;
    };
  };
