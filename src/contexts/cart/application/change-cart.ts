import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Cart } from '../domain/cart.js';
import type { PricedCart } from '../domain/priced-cart.js';
import { getCart } from './get-cart.js';
import { lockCart } from './lock-cart.js';
import type { CartPorts } from './ports.js';

/** Step that every change of a cart shares: lock it, compare its version, change it, show the result. */
export const changeCart =
  (ports: CartPorts) =>
  async (
    customer: CustomerId,
    expected: ExpectedVersion,
    change: (cart: Cart) => Cart,
  ): Promise<PricedCart> => {
    const cart = await lockCart(ports)(customer);
    requireVersion(cart.version, expected);
    await ports.carts.update(change(cart));
    return getCart(ports)(customer);
  };
