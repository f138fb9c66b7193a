import { manages, type Actor } from '#src/kernel/actor.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { orderEvent } from '../domain/events.js';
import { Order, type OrderStatus } from '../domain/order.js';
import { getOrder } from './queries.js';
import type { OrderingPorts } from './ports.js';

/**
 * Moves an order along its way, for managers. To the status that it has already, nothing happens. Fails with
 * `order_not_found`, `only_cancelling_allowed`, `precondition_failed`, `illegal_transition` or `customer_erased`.
 */
export const advanceOrder =
  (
    by: Actor<'orders:write'>,
    id: OrderId,
    status: Exclude<OrderStatus, 'cancelled'>,
    expected: ExpectedVersion,
  ): Work<OrderingPorts, Order> =>
  async ({ orders, customers, events, audit, now }) => {
    const order = await getOrder({ orders })(by, id);
    if (!manages(by)) throw fail('only_cancelling_allowed');
    requireVersion(order.version, expected);
    if (order.status === status) return order;
    const next = Order.moveTo(order, status, now());
    // An erasure has looked for open orders, and this one is none yet.
    if (status === 'confirmed') await customers.lock(order.customerId);
    await orders.update(next);
    await events.append(orderEvent(next));
    await audit.record({ action: `order.${status}`, subject: id });
    return next;
  };
