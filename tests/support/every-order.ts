import type { OrderReader } from '#src/contexts/ordering/application/ports.js';
import type { Order } from '#src/contexts/ordering/domain/order.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Position } from '#src/kernel/page.js';

/** All orders of a customer, the latest first, read page by page. */
export const everyOrder =
  ({ orders }: { orders: OrderReader }) =>
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
