import type { CustomerId } from '#src/kernel/ids.js';
import type { CartLine } from '../domain/cart.js';
import type { CartRepository } from './ports.js';

/** Step: what the cart holds on a customer. */
export const exportCart =
  ({ carts }: { carts: CartRepository }) =>
  async (customer: CustomerId): Promise<readonly CartLine[]> =>
    (await carts.find(customer))?.lines ?? [];
