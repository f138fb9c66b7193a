import type { CustomerId } from '../../../kernel/ids.js';
import type { Position } from '../../../kernel/page.js';
import type { Order } from '../domain/order.js';
import type { OrderRepository } from './ports.js';

/** Step: all orders of a customer, the latest first, read page by page. */
export const everyOrder =
  ({ orders }: { orders: OrderRepository }) =>
  async (customerId: CustomerId): Promise<readonly Order[]> => {
    const all: Order[] = [];
    let after: Position | null = null;
    do {
      const page = await orders.list({ customerId }, { limit: 100, after });
      all.push(...page.items);
      after = page.next;
    } while (after !== null);
    return all;
  };
