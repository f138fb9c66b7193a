import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import type { Cart } from './cart.js';

/** A product as the cart shows it. */
export interface CartProduct {
  readonly id: ProductId;
  readonly name: string;
  readonly price: Money;
  readonly imageUrl: string | null;
  /** Number of units that could be sold now; 0 if the product is gone. */
  readonly available: number;
  /** Whether the product has left the shop. */
  readonly gone: boolean;
  /** When all of this was so, if the catalogue cannot be reached; null if it is so now. */
  readonly asOf: Date | null;
}

export interface PricedLine {
  readonly product: CartProduct;
  readonly quantity: number;
  readonly lineTotal: Money;
}

/** A cart as its customer sees it, at the present prices. */
export interface PricedCart {
  readonly customerId: CustomerId;
  readonly lines: readonly PricedLine[];
  /** The price of ordering it, without lines whose product is gone. */
  readonly total: Money;
  /** When the oldest of its prices was current; null if all are current. */
  readonly pricesAsOf: Date | null;
  readonly version: number;
}

const earliest = ([first, ...others]: readonly Date[]): Date | null =>
  first === undefined ? null : others.reduce((least, each) => (each < least ? each : least), first);

const of = (cart: Cart, products: readonly CartProduct[], currency: Currency): PricedCart => {
  const byId = new Map(products.map((product) => [product.id, product]));
  const lines = cart.lines.map(({ productId, quantity }): PricedLine => {
    const product = byId.get(productId);
    // Products are never erased, only withdrawn; and only products can be put into a cart.
    if (product === undefined) throw new Error(`the cart holds ${productId}, which never was a product`);
    return { product, quantity, lineTotal: Money.times(product.price, quantity) };
  });
  const charged = lines.filter(({ product }) => !product.gone).map(({ lineTotal }) => lineTotal);
  return {
    customerId: cart.customerId,
    lines,
    total: Money.sum(charged, currency),
    pricesAsOf: earliest(lines.flatMap(({ product }) => product.asOf ?? [])),
    version: cart.version,
  };
};

export const PricedCart = { of };
