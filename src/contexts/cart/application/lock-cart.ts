import type { CustomerId } from '#src/kernel/ids.js';
import { Cart } from '../domain/cart.js';
import type { CartPorts } from './ports.js';

/**
 * Step: the customer's cart, locked until the transaction ends; made, empty, when there is none. Nobody who is being erased
 * gets a new one. Fails with `customer_not_found`.
 */
export const lockCart =
  ({ carts, customers }: Pick<CartPorts, 'carts' | 'customers'>) =>
  async (customer: CustomerId): Promise<Cart> => {
    const cart = await carts.lock(customer);
    if (cart !== null) return cart;
    await customers.hold(customer);
    const made = Cart.empty(customer);
    await carts.add(made);
    return made;
  };
