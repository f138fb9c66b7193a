import type { CustomerId } from '../../../kernel/ids.js';
import { fail } from '../domain/errors.js';
import { Order } from '../domain/order.js';
import { everyOrder } from './every-order.js';
import type { OrderingPorts } from './ports.js';

/**
 * Step: a customer is erased. Their pending orders are cancelled, and no order says any longer where it went; `userId`
 * stays as a pseudonym. Fails with `open_orders` while one is confirmed or shipped.
 */
export const releaseCustomer =
  ({ orders, stock, now }: Pick<OrderingPorts, 'orders' | 'stock' | 'now'>) =>
  async (customerId: CustomerId): Promise<void> => {
    const all = await everyOrder({ orders })(customerId);
    if (all.some(Order.isOpen)) throw fail('open_orders');
    const at = now();
    for (const order of all) {
      const pending = order.status === 'pending';
      if (!pending && order.shippingAddress === null) continue;
      await orders.update(Order.anonymise(pending ? Order.moveTo(order, 'cancelled', at) : order, at));
      if (pending) await stock.giveBack(order.id, order.lines);
    }
  };
