import type { ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Cart, type NewCartLine } from '../domain/cart.js';
import type { PricedCart } from '../domain/priced-cart.js';
import { changeCart } from './change-cart.js';
import type { CartPorts } from './ports.js';

/** Fails with `cart_line_not_found` when the product is not in the cart. */
export const setLineQuantity =
  (customer: CustomerId, line: NewCartLine, expected: ExpectedVersion): Work<CartPorts, PricedCart> =>
  (ports) =>
    changeCart(ports)(customer, expected, (cart) => Cart.setQuantity(cart, line));
