import type { CustomerId } from '#src/kernel/ids.js';
import { Cart, type CartLine, type NewCartLine } from '../domain/cart.js';
import type { CartRepository } from './ports.js';

interface Ports {
  readonly carts: CartRepository;
}

/** Step: takes the lines out of the cart. Of two tabs that check out at once, one gets them. */
export const checkOut =
  ({ carts }: Ports) =>
  (customer: CustomerId): Promise<readonly CartLine[]> =>
    carts.empty(customer);

/** Step: returns lines that were taken out and not ordered. A customer who has no cart by now is erased, and gets none. */
export const putBack =
  ({ carts }: Ports) =>
  async (customer: CustomerId, lines: readonly NewCartLine[]): Promise<void> => {
    const stored = await carts.lock(customer);
    if (stored !== null) await carts.update(Cart.putBack(stored, lines), stored);
  };
