import { orderEvent } from '../domain/events.js';
import type { Order } from '../domain/order.js';
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
