import type { Now } from '#src/kernel/clock.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { Position } from '#src/kernel/page.js';
import type { Transact, Work } from '#src/kernel/transact.js';
import { Order } from '../domain/order.js';
import type { OrderingPorts, OrderReader } from './ports.js';
import { settleCancellation } from './cancel-order.js';

/** The pause between two looks for overdue orders, in milliseconds: with the look itself well below the half minute that is promised. */
export const EXPIRE_EVERY_MS = 20 * 1000;

/** How many overdue orders are read at a time. Each is cancelled in a transaction of its own. */
const BATCH = 50;

/** Cancels an order that was not confirmed in time; an order that is no longer pending stays as it is. */
export const expireOrder =
  (id: OrderId): Work<OrderingPorts, void> =>
  async (ports) => {
    const order = await ports.orders.find(id);
    if (order?.status !== 'pending') return;
    await settleCancellation(ports)(Order.cancel(order, ports.now()));
    await ports.audit.record({ action: 'order.expired', subject: id });
  };

interface Deps {
  readonly transact: Transact<OrderingPorts>;
  /** Outside any transaction. */
  readonly orders: OrderReader;
  readonly now: Now;
  /** Seconds that an order may be pending. */
  readonly ttl: number;
  /** Called for an order that could not be cancelled. The work goes on with the others. */
  readonly onFailure: (id: OrderId, error: unknown) => void;
}

/**
 * Cancels every order that has been pending for longer than `ttl`, the earliest first, until `isStopping` says that the shop
 * closes. Rejects when the database is away or busy: the next run begins anew.
 */
export const expireOrders =
  ({ transact, orders, now, ttl, onFailure }: Deps) =>
  async (isStopping: () => boolean): Promise<void> => {
    const placedBefore = new Date(now().getTime() - ttl * 1000);
    let after: Position | null = null;
    do {
      const page = await orders.listOverdue(placedBefore, { limit: BATCH, after });
      for (const id of page.items) {
        if (isStopping()) return;
        try {
          await transact(expireOrder(id));
        } catch (error) {
          if (isDomainError(error) && error.kind === 'unavailable') throw error;
          onFailure(id, error);
        }
      }
      after = page.next;
    } while (after !== null);
  };
