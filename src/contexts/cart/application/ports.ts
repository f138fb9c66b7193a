import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Cart } from '../domain/cart.js';
import type { CartProduct } from '../domain/priced-cart.js';

export interface CartReader {
  find(customer: CustomerId): Promise<Cart | null>;
}

export interface CartRepository extends CartReader {
  /** Like `find`, and locks the cart until the transaction ends. */
  lock(customer: CustomerId): Promise<Cart | null>;
  /** Fails with `stale_write` when the customer has a cart already: running again finds it. */
  add(cart: Cart): Promise<void>;
  /**
   * Stores `cart`, whose lines replace those of `before`: the cart as this transaction has locked it. So nothing has to be read
   * again. Fails with `stale_write` unless the stored version is `cart.version - 1`.
   */
  update(cart: Cart, before: Cart): Promise<void>;
  /** Removes the cart and its lines; nothing happens when there is none. */
  remove(customer: CustomerId): Promise<void>;
}

/** What the cart needs of the catalogue. */
export interface Products {
  /** Each of `ids` that is or was a product, in no particular order. */
  describe(ids: readonly ProductId[]): Promise<readonly CartProduct[]>;
}

/** What the cart needs of the customers. */
export interface Customers {
  /** Keeps the customer from being erased until the transaction ends. Fails with `customer_not_found`. */
  lock(customer: CustomerId): Promise<void>;
}

/** What a query of the cart reads, outside of any transaction. */
export interface CartReaders {
  readonly carts: CartReader;
  readonly products: Products;
  /** The shop's currency, which an empty cart's total is in. */
  readonly currency: Currency;
}

/** What a transaction of the cart works with. */
export interface CartPorts extends CartReaders {
  readonly carts: CartRepository;
  readonly customers: Customers;
}
