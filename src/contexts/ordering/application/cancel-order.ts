import { manages, type Actor } from '#src/kernel/actor.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { orderEvent } from '../domain/events.js';
import { Order } from '../domain/order.js';
import { getOrder } from './queries.js';
import type { OrderingPorts } from './ports.js';

/**
 * Step: stores an order that has just been cancelled, gives its stock back and appends the event. The order's version decides
 * between two that cancel it at the same time. Fails with `stale_write`.
 */
export const settleCancellation =
  ({ orders, stock, events }: Pick<OrderingPorts, 'orders' | 'stock' | 'events'>) =>
  async (cancelled: Order): Promise<void> => {
    await orders.update(cancelled);
    await stock.giveBack(cancelled.id, cancelled.lines);
    await events.append(orderEvent(cancelled));
  };

/**
 * Cancels an order that was placed, and for which there is no stock: its reservation was released before the order was placed, and
 * the stock sold since. Cancelled already, nothing happens. Fails with `illegal_transition` for one that is shipped: an operator has to
 * see it.
 */
export const cancelUnreservedOrder =
  (id: OrderId): Work<OrderingPorts, void> =>
  async (ports) => {
    const order = await ports.orders.find(id);
    if (order === null || order.status === 'cancelled') return;
    await settleCancellation(ports)(Order.cancel(order, ports.now()));
    await ports.audit.record({ action: 'order.cancelled', subject: id });
  };

/**
 * Cancels an order and gives its stock back, once: the order's version decides who cancels it. Its owner may while it
 * is pending, a manager until it is shipped. Fails with `order_not_found`, `precondition_failed` or
 * `illegal_transition`; cancelled already, nothing happens.
 */
export const cancelOrder =
  (by: Actor<'orders:write'>, id: OrderId, expected: ExpectedVersion): Work<OrderingPorts, Order> =>
  async (ports) => {
    const order = await getOrder(ports)(by, id);
    requireVersion(order.version, expected);
    if (order.status === 'cancelled') return order;
    const open = manages(by) ? undefined : Order.openToCustomer(order);
    const cancelled = Order.cancel(order, ports.now(), open);
    await settleCancellation(ports)(cancelled);
    if (manages(by)) await ports.audit.record({ action: 'order.cancelled', subject: id });
    return cancelled;
  };
