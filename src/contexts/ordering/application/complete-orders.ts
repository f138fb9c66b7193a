import type { Transact } from '#src/kernel/transact.js';
import type { OrderingPorts } from './ports.js';

/**
 * Completes orders that a process of an earlier version has placed while both versions ran, at most `limit` of them; returns how many.
 */
export const completeOrders =
  ({ transact }: { readonly transact: Transact<Pick<OrderingPorts, 'orders'>> }) =>
  (limit: number): Promise<number> => {
    let attempts = 0;
    return transact(({ orders }) => {
      const attempt = attempts;
      attempts += 1;
      return orders.complete(limit, attempt);
    });
  };
