import type { CustomerId, ProductId } from '../../../kernel/ids.js';
import type { Currency } from '../../../kernel/money.js';
import type { Cart } from '../domain/cart.js';
import type { CartProduct } from '../domain/priced-cart.js';

export interface CartRepository {
  find(customer: CustomerId): Promise<Cart | null>;
  /**
   * The customer's cart, locked until the transaction ends; made, empty, when there is none. Fails with `stale_write`
   * when another transaction makes it at the same moment: running again finds that one.
   */
  lock(customer: CustomerId): Promise<Cart>;
  /** Stores the next version with exactly these lines; fails with `stale_write` when the stored one is another. */
  update(cart: Cart): Promise<void>;
  /** Removes the cart and its lines; nothing happens when there is none. */
  remove(customer: CustomerId): Promise<void>;
}

/** What the cart needs of the catalogue. */
export interface Products {
  /** Each of `ids` that is or was a product, in no particular order. */
  describe(ids: readonly ProductId[]): Promise<readonly CartProduct[]>;
}

/** What a transaction of the cart works with. */
export interface CartPorts {
  readonly carts: CartRepository;
  readonly products: Products;
  /** The shop's currency, which an empty cart's total is in. */
  readonly currency: Currency;
}
