import type { ExpectedVersion } from '../../../kernel/errors.js';
import type { CustomerId } from '../../../kernel/ids.js';
import type { Work } from '../../../kernel/transact.js';
import { Cart } from '../domain/cart.js';
import type { PricedCart } from '../domain/priced-cart.js';
import { changeCart } from './change-cart.js';
import type { CartPorts } from './ports.js';

export const clearCart =
  (customer: CustomerId, expected: ExpectedVersion): Work<CartPorts, PricedCart> =>
  (ports) =>
    changeCart(ports)(customer, expected, Cart.clear);
