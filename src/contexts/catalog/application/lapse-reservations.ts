import type { Now } from '#src/kernel/clock.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { Position } from '#src/kernel/page.js';
import type { Transact, Work } from '#src/kernel/transact.js';
import { Reservation } from '../domain/reservation.js';
import type { ReservationPorts, ReservationReader } from './ports.js';
import { release } from './release-reservation.js';

/** The pause between two looks for overdue reservations, in milliseconds. */
export const LAPSE_EVERY_MS = 20 * 1000;

/** How many overdue reservations are read at a time. Each is released in a transaction of its own. */
const BATCH = 50;

/** Releases a reservation that expired before `at`; one that is no longer `reserved` stays as it is. */
export const lapseReservation =
  (orderId: OrderId, at: Date): Work<ReservationPorts, void> =>
  async (ports) => {
    const found = await ports.reservations.lock(orderId);
    if (found !== null && Reservation.isOverdue(found, at)) await release(ports)(found);
  };

interface Deps {
  readonly transact: Transact<ReservationPorts>;
  /** Outside any transaction. */
  readonly reservations: ReservationReader;
  readonly now: Now;
  /** Called for a reservation that could not be released. The work goes on with the others. */
  readonly onFailure: (id: OrderId, error: unknown) => void;
}

/**
 * Releases every reservation that has expired, the earliest first, until `isStopping` says that the shop closes. Rejects when the
 * database is away or busy: the next run begins anew.
 */
export const lapseReservations =
  ({ transact, reservations, now, onFailure }: Deps) =>
  async (isStopping: () => boolean): Promise<void> => {
    const at = now();
    let after: Position | null = null;
    do {
      const page = await reservations.listOverdue(at, { limit: BATCH, after });
      for (const id of page.items) {
        if (isStopping()) return;
        try {
          await transact(lapseReservation(id, at));
        } catch (error) {
          if (isDomainError(error) && error.kind === 'unavailable') throw error;
          onFailure(id, error);
        }
      }
      after = page.next;
    } while (after !== null);
  };
