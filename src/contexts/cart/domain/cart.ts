import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { fail } from './errors.js';
import { MAX_LINES, MAX_QUANTITY } from './limits.js';

/** A new line of a cart. */
export interface NewCartLine {
  readonly productId: ProductId;
  readonly quantity: number;
}

export interface CartLine extends NewCartLine {
  /** Rises in the order in which the lines were added; may have gaps. */
  readonly position: number;
}

/**
 * The products that a customer intends to order; each customer has one cart. Its lines stay in the order in which they were
 * added.
 */
export interface Cart {
  readonly customerId: CustomerId;
  readonly lines: readonly CartLine[];
  /** 0 for a cart that was never changed, which is not stored. */
  readonly version: number;
}

const empty = (customerId: CustomerId): Cart => ({ customerId, lines: [], version: 0 });

const withLines = (cart: Cart, lines: readonly CartLine[]): Cart => ({
  ...cart,
  lines,
  version: cart.version + 1,
});

const within = (quantity: number): number => {
  if (quantity > MAX_QUANTITY) throw fail('line_quantity_exceeded', { limit: MAX_QUANTITY });
  return quantity;
};

const add = (cart: Cart, { productId, quantity }: NewCartLine): Cart => {
  if (cart.lines.some((line) => line.productId === productId)) {
    const merge = (line: CartLine): CartLine =>
      line.productId === productId ? { ...line, quantity: within(line.quantity + quantity) } : line;
    return withLines(cart, cart.lines.map(merge));
  }
  if (cart.lines.length >= MAX_LINES) throw fail('cart_full', { limit: MAX_LINES });
  const position = (cart.lines.at(-1)?.position ?? 0) + 1;
  return withLines(cart, [...cart.lines, { productId, quantity: within(quantity), position }]);
};

const requireLine = (cart: Cart, productId: ProductId): void => {
  if (!cart.lines.some((line) => line.productId === productId)) throw fail('cart_line_not_found');
};

const setQuantity = (cart: Cart, { productId, quantity }: NewCartLine): Cart => {
  requireLine(cart, productId);
  const change = (line: CartLine): CartLine =>
    line.productId === productId ? { ...line, quantity: within(quantity) } : line;
  return withLines(cart, cart.lines.map(change));
};

const remove = (cart: Cart, productId: ProductId): Cart => {
  requireLine(cart, productId);
  return withLines(
    cart,
    cart.lines.filter((line) => line.productId !== productId),
  );
};

const clear = (cart: Cart): Cart => withLines(cart, []);

/** Returns lines that were taken out to the cart: as many units and lines as it has room for, with those added meanwhile. */
const putBack = (cart: Cart, lines: readonly NewCartLine[]): Cart => {
  const returned = new Map(lines.map(({ productId, quantity }) => [productId, quantity]));
  const merged = cart.lines.map(({ productId, quantity, position }) => ({
    productId,
    quantity: Math.min(MAX_QUANTITY, quantity + (returned.get(productId) ?? 0)),
    position,
  }));
  const last = cart.lines.at(-1)?.position ?? 0;
  const added = lines
    .filter(({ productId }) => !cart.lines.some((line) => line.productId === productId))
    .map(({ productId, quantity }, index) => ({ productId, quantity, position: last + index + 1 }));
  return withLines(cart, [...merged, ...added].slice(0, MAX_LINES));
};

export const Cart = { empty, add, setQuantity, remove, clear, putBack };
