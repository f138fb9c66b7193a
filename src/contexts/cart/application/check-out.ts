import type { CustomerId } from '#src/kernel/ids.js';
import { Cart, type CartLine } from '../domain/cart.js';
import type { CartRepository } from './ports.js';

/** Step: locks the cart, then takes its lines out. Of two tabs that check out at once, one gets them. */
export const checkOut =
  ({ carts }: { carts: CartRepository }) =>
  async (customer: CustomerId): Promise<readonly CartLine[]> => {
    const cart = await carts.lock(customer);
    if (cart === null || cart.lines.length === 0) return [];
    await carts.update(Cart.clear(cart), cart);
    return cart.lines;
  };
