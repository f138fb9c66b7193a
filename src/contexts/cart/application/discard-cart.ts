import type { CustomerId } from '#src/kernel/ids.js';
import type { CartRepository } from './ports.js';

/** Step: a customer is erased, and so is what they had in mind to buy. */
export const discardCart =
  ({ carts }: { carts: CartRepository }) =>
  (customer: CustomerId): Promise<void> =>
    carts.remove(customer);
