import type { ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Cart, type NewCartLine } from '../domain/cart.js';
import { fail } from '../domain/errors.js';
import type { CartProduct, PricedCart } from '../domain/priced-cart.js';
import { changeCart } from './change-cart.js';
import type { CartPorts } from './ports.js';

/**
 * Puts units of a product into the cart, onto the line that is there already; more than the stock may lie in it. Fails
 * with `product_not_found`, `line_quantity_exceeded` or `cart_full`.
 */
export const addToCart =
  (customer: CustomerId, line: NewCartLine, expected: ExpectedVersion): Work<CartPorts, PricedCart> =>
  (ports) => {
    const admit = (products: readonly CartProduct[]): void => {
      const added = products.find(({ id }) => id === line.productId);
      if (added === undefined || added.gone) throw fail('product_not_found');
    };
    return changeCart(ports)(customer, expected, (cart) => Cart.add(cart, line), admit);
  };
