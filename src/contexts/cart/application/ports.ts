import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Cart, CartLine } from '../domain/cart.js';
import type { CartProduct } from '../domain/priced-cart.js';

export interface CartReader {
  find(customer: CustomerId): Promise<Cart | null>;
}

export interface CartRepository extends CartReader {
  /**
   * Like `find`, and locks the cart until the transaction ends: of two transactions the second waits, and then finds what the first
   * has stored. It may lock by storing the next version already, so call it only to change the cart.
   */
  lock(customer: CustomerId): Promise<Cart | null>;
  /** Locks the cart like `lock`, removes its lines and returns them, in their order; none if there is no cart. */
  empty(customer: CustomerId): Promise<readonly CartLine[]>;
  /** Fails with `stale_write` when the customer has a cart already: running again finds it. */
  add(cart: Cart): Promise<void>;
  /** Stores `cart`, the next version of `locked`, which this transaction has locked: so nothing has to be read again. */
  update(cart: Cart, locked: Cart): Promise<void>;
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
