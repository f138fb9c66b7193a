import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Cart, type NewCartLine } from '../domain/cart.js';
import { fail } from '../domain/errors.js';
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

/**
 * Adds units of a product to the cart, to its line if there is one. The quantity may exceed the stock. Fails
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

/** Fails with `cart_line_not_found` when the product is not in the cart. */
export const setLineQuantity =
  (customer: CustomerId, line: NewCartLine, expected: ExpectedVersion): Work<CartPorts, PricedCart> =>
  (ports) =>
    changeCart(ports)(customer, expected, (cart) => Cart.setQuantity(cart, line));

/** Fails with `cart_line_not_found` when the product is not in the cart. */
export const removeFromCart =
  (customer: CustomerId, productId: ProductId, expected: ExpectedVersion): Work<CartPorts, PricedCart> =>
  (ports) =>
    changeCart(ports)(customer, expected, (cart) => Cart.remove(cart, productId));

export const clearCart =
  (customer: CustomerId, expected: ExpectedVersion): Work<CartPorts, PricedCart> =>
  (ports) =>
    changeCart(ports)(customer, expected, Cart.clear);
