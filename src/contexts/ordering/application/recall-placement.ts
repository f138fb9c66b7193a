import type { OrderId } from '#src/kernel/ids.js';
import { Order } from '../domain/order.js';
import type { OrderReader } from './ports.js';

/** Returns what `placeOrder` returned for that order: what was ordered never changes, and orders are never removed. */
export const recallPlacement =
  ({ orders }: { orders: OrderReader }) =>
  async (id: OrderId): Promise<Order> => {
    const order = await orders.find(id);
    if (order === null) throw new Error(`order ${id} is gone, which was the answer to an Idempotency-Key`);
    return Order.asPlaced(order);
  };
