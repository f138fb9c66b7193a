import type { CustomerId } from '#src/kernel/ids.js';
import { Cart } from '../domain/cart.js';
import { PricedCart } from '../domain/priced-cart.js';
import type { CartReaders } from './ports.js';

/** The customer's cart at today's prices; an empty one when nothing was ever put in. */
export const getCart =
  ({ carts, products, currency }: CartReaders) =>
  async (customer: CustomerId): Promise<PricedCart> => {
    const cart = (await carts.find(customer)) ?? Cart.empty(customer);
    return PricedCart.of(
      cart,
      await products.describe(cart.lines.map(({ productId }) => productId)),
      currency,
    );
  };
