import type { ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Cart } from '../domain/cart.js';
import type { PricedCart } from '../domain/priced-cart.js';
import { changeCart } from './change-cart.js';
import type { CartPorts } from './ports.js';

export const clearCart =
  (customer: CustomerId, expected: ExpectedVersion): Work<CartPorts, PricedCart> =>
  (ports) =>
    changeCart(ports)(customer, expected, Cart.clear);
