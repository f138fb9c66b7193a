import type { CustomerId } from '../../../kernel/ids.js';
import { fail } from '../domain/errors.js';
import { orderEvent } from '../domain/events.js';
import { Order } from '../domain/order.js';
import { everyOrder } from './every-order.js';
import type { OrderingPorts } from './ports.js';

/**
 * Step: a customer is erased. Their pending orders are cancelled, and no order says any longer where it went; `userId`
 * stays as a pseudonym. Fails with `open_orders` while one is confirmed or shipped.
 */
export const releaseCustomer =
  ({ orders, stock, events, now }: Pick<OrderingPorts, 'orders' | 'stock' | 'events' | 'now'>) =>
  async (customerId: CustomerId): Promise<void> => {
    const all = await everyOrder({ orders })(customerId);
    if (all.some(Order.isOpen)) throw fail('open_orders');
    const at = now();
    for (const order of all) {
      const pending = order.status === 'pending';
      if (!pending && order.shippingAddress === null) continue;
      const released = Order.anonymise(pending ? Order.moveTo(order, 'cancelled', at) : order, at);
      await orders.update(released);
      if (!pending) continue;
      await stock.giveBack(order.id, order.lines);
      await events.append(orderEvent({ ...released, version: order.version + 1 }));
    }
  };
