import type { Now } from '#src/kernel/clock.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { Position } from '#src/kernel/page.js';
import type { Transact } from '#src/kernel/transact.js';
import { endPlacement } from './place-reserved-order.js';
import type { OrderingPorts, PlacementReader, Reservations } from './ports.js';

/** The pause between two looks for overdue placements, in milliseconds. */
export const END_EVERY_MS = 10 * 1000;

/** How many overdue placements are read at a time. Each is ended in a transaction of its own. */
const BATCH = 50;

interface Deps {
  readonly transact: Transact<OrderingPorts>;
  /** Outside any transaction. */
  readonly placements: PlacementReader;
  readonly reservations: Pick<Reservations, 'release'>;
  readonly now: Now;
  /** Called for a placement that could not be ended. The work goes on with the others. */
  readonly onFailure: (id: OrderId, error: unknown) => void;
}

/**
 * Ends every placement that has expired, because the process that began it has died or the database was away, until `isStopping`
 * says that the shop closes. Rejects when the database is away or busy: the next run begins anew.
 */
export const endOverduePlacements =
  ({ transact, placements, reservations, now, onFailure }: Deps) =>
  async (isStopping: () => boolean): Promise<void> => {
    const before = now();
    let after: Position | null = null;
    do {
      const page = await placements.listOverdue(before, { limit: BATCH, after });
      for (const id of page.items) {
        if (isStopping()) return;
        try {
          await endPlacement({ transact, reservations })(id);
        } catch (error) {
          if (isDomainError(error) && error.kind === 'unavailable') throw error;
          onFailure(id, error);
        }
      }
      after = page.next;
    } while (after !== null);
  };
