import type { Actor } from '../../../kernel/actor.js';
import { requireVersion, type ExpectedVersion } from '../../../kernel/errors.js';
import type { OrderId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { orderEvent } from '../domain/events.js';
import { Order } from '../domain/order.js';
import { getOrder } from './get-order.js';
import type { OrderingPorts } from './ports.js';

/**
 * Cancels an order and gives its stock back, once: the order's version decides who cancels it. Its owner may while it
 * is pending, an administrator until it is shipped. Fails with `order_not_found`, `precondition_failed` or
 * `illegal_transition`; cancelled already, nothing happens.
 */
export const cancelOrder =
  ({ transact }: { transact: Transact<OrderingPorts> }) =>
  (actor: Actor, id: OrderId, expected: ExpectedVersion): Promise<Order> =>
    transact(async ({ orders, stock, events, audit, now }) => {
      const order = await getOrder({ orders })(actor, id);
      requireVersion(order.version, expected);
      if (order.status === 'cancelled') return order;
      const open = actor.role === 'admin' ? undefined : Order.openToCustomer(order);
      await orders.update(Order.moveTo(order, 'cancelled', now(), open));
      await stock.giveBack(id, order.lines);
      const cancelled = await getOrder({ orders })(actor, id);
      await events.append(orderEvent(cancelled));
      if (actor.role === 'admin') await audit.record({ action: 'order.cancelled', subject: id });
      return cancelled;
    });
