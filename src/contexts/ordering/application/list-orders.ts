import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Order } from '../domain/order.js';
import type { OrderFilter, OrderReader } from './ports.js';

/** The orders that the filter lets through, the latest first. */
export const listOrders =
  ({ orders }: { orders: OrderReader }) =>
  (filter: OrderFilter, page: PageRequest): Promise<Page<Order>> =>
    orders.list(filter, page);
