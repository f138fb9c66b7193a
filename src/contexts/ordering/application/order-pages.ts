import type { CustomerId } from '#src/kernel/ids.js';
import { pagesOf } from '#src/kernel/page.js';
import type { Order } from '../domain/order.js';
import type { OrderReader } from './ports.js';

/**
 * Reads all orders of a customer, the latest first, each page by statements of its own: an order is shown as it is when
 * its page is read, and those that are placed meanwhile are not.
 */
export const orderPages =
  ({ orders }: { orders: OrderReader }) =>
  (customerId: CustomerId, limit: number): AsyncIterable<readonly Order[]> =>
    pagesOf((page) => orders.list({ customerId }, page), limit);
