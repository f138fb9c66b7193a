import type { CustomerId } from '#src/kernel/ids.js';
import { Cart } from '../domain/cart.js';
import { PricedCart, type CartProduct } from '../domain/priced-cart.js';
import type { CartReaders } from './ports.js';

/** Step: the products in a cart. */
export const productsOf =
  ({ products }: Pick<CartReaders, 'products'>) =>
  (cart: Cart): Promise<readonly CartProduct[]> =>
    products.describe(cart.lines.map(({ productId }) => productId));

/** The customer's cart at today's prices; an empty one when nothing was ever put in. */
export const getCart =
  (readers: CartReaders) =>
  async (customer: CustomerId): Promise<PricedCart> => {
    const cart = (await readers.carts.find(customer)) ?? Cart.empty(customer);
    return PricedCart.of(cart, await productsOf(readers)(cart), readers.currency);
  };
