import type { Actor } from '#src/kernel/actor.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Order } from '../domain/order.js';
import { getOrder } from './get-order.js';
import type { OrderingPorts } from './ports.js';
import { settleCancellation } from './settle-cancellation.js';

/**
 * Cancels an order and gives its stock back, once: the order's version decides who cancels it. Its owner may while it
 * is pending, an administrator until it is shipped. Fails with `order_not_found`, `precondition_failed` or
 * `illegal_transition`; cancelled already, nothing happens.
 */
export const cancelOrder =
  (actor: Actor, id: OrderId, expected: ExpectedVersion): Work<OrderingPorts, Order> =>
  async (ports) => {
    const order = await getOrder(ports)(actor, id);
    requireVersion(order.version, expected);
    if (order.status === 'cancelled') return order;
    const open = actor.role === 'admin' ? undefined : Order.openToCustomer(order);
    const cancelled = Order.cancel(order, ports.now(), open);
    await settleCancellation(ports)(cancelled);
    if (actor.role === 'admin') await ports.audit.record({ action: 'order.cancelled', subject: id });
    return cancelled;
  };
