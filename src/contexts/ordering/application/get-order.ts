import type { Actor } from '#src/kernel/actor.js';
import type { OrderId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { Order } from '../domain/order.js';
import type { OrderReader } from './ports.js';

/** An order for its owner or an administrator; to anybody else it does not exist. */
export const getOrder =
  ({ orders }: { orders: OrderReader }) =>
  async (actor: Actor, id: OrderId): Promise<Order> => {
    const order = await orders.find(id);
    if (order === null || (order.customerId !== actor.id && actor.role !== 'admin'))
      throw fail('order_not_found');
    return order;
  };
