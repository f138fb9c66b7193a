import { orderEvent } from '../domain/events.js';
import { Order, type OrderStatus } from '../domain/order.js';
import type { OrderingPorts } from './ports.js';

/**
 * Step: stores the order as cancelled, gives its stock back and appends the event. Returns the order as it is stored. Its
 * version decides between two that cancel it at the same time. Fails with `illegal_transition`, naming those of `open`
 * that are allowed, or with `stale_write`.
 */
export const settleCancellation =
  ({ orders, stock, events, now }: Pick<OrderingPorts, 'orders' | 'stock' | 'events' | 'now'>) =>
  async (order: Order, open?: readonly OrderStatus[]): Promise<Order> => {
    const cancelled = Order.moveTo(order, 'cancelled', now(), open);
    await orders.update(cancelled);
    await stock.giveBack(order.id, order.lines);
    const stored = { ...cancelled, version: order.version + 1 };
    await events.append(orderEvent(stored));
    return stored;
  };
