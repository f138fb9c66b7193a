import type { CustomerId } from '#src/kernel/ids.js';
import { Cart } from '../domain/cart.js';
import { PricedCart } from '../domain/priced-cart.js';
import type { CartReaders } from './ports.js';

/** Returns a cart at today's prices. */
export const priceCart =
  ({ products, currency }: Pick<CartReaders, 'products' | 'currency'>) =>
  async (cart: Cart): Promise<PricedCart> =>
    PricedCart.of(cart, await products.describe(cart.lines.map(({ productId }) => productId)), currency);

/** The customer's cart at today's prices; an empty one when nothing was ever put in. */
export const getCart =
  (readers: CartReaders) =>
  async (customer: CustomerId): Promise<PricedCart> =>
    priceCart(readers)((await readers.carts.find(customer)) ?? Cart.empty(customer));
