import type { CustomerId } from '#src/kernel/ids.js';
import type { CartLine } from '../domain/cart.js';
import type { CartRepository } from './ports.js';

/** Step: takes the lines out of the cart. Of two tabs that check out at once, one gets them. */
export const checkOut =
  ({ carts }: { carts: CartRepository }) =>
  (customer: CustomerId): Promise<readonly CartLine[]> =>
    carts.empty(customer);
