import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import { Cart } from '../domain/cart.js';
import { PricedCart, type CartProduct } from '../domain/priced-cart.js';
import { productsOf } from './get-cart.js';
import type { CartPorts } from './ports.js';

/**
 * Step that every change of a cart shares: locks it, compares its version, changes it, returns it at today's prices. `admit` may
 * refuse the change because of the products that are in the cart now. Makes a cart for a customer who has none, and locks the
 * customer, so that none is left of one who is being erased. Fails with `customer_not_found`.
 */
export const changeCart =
  (ports: CartPorts) =>
  async (
    customer: CustomerId,
    expected: ExpectedVersion,
    change: (cart: Cart) => Cart,
    admit: (products: readonly CartProduct[]) => void = () => undefined,
  ): Promise<PricedCart> => {
    const { carts, customers, currency } = ports;
    const stored = await carts.lock(customer);
    if (stored === null) await customers.lock(customer);
    const cart = stored ?? Cart.empty(customer);
    requireVersion(cart.version, expected);
    const changed = change(cart);
    const products = await productsOf(ports)(changed);
    admit(products);
    await (stored === null ? carts.add(changed) : carts.update(changed, stored));
    return PricedCart.of(changed, products, currency);
  };
