import type { ProductId } from '#src/kernel/ids.js';
import type { Tags } from '#src/platform/reply-cache/tagged-cache.js';
import type { StockMovement } from '../domain/stock.js';

/** What a cached reply shows, besides products, which are named by their ids. */
const CATEGORIES = 'categories';
/** Which products there are, in which order. */
const PRODUCTS = 'products';
/** Which products are sold out. */
const SOLD_OUT = 'sold out';

/** Tags of what replies show. */
export const shows = {
  product: (id: string): Tags => [id, CATEGORIES],
  products: (ids: readonly string[], filter: { readonly byStock: boolean }): Tags => [
    ...ids,
    PRODUCTS,
    CATEGORIES,
    ...(filter.byStock ? [SOLD_OUT] : []),
  ],
  categories: (): Tags => [CATEGORIES],
};

/** Tags of what has changed. */
export const changes = {
  product: (id: ProductId): Tags => [id, PRODUCTS],
  stock: (id: ProductId, { toOrFromNothing }: { readonly toOrFromNothing: boolean }): Tags =>
    toOrFromNothing ? [id, SOLD_OUT] : [id],
  categories: (): Tags => [CATEGORIES],
};

/** Tags of what a movement of the stock has changed. */
export const movementChanges = ({ productId, balance, delta }: StockMovement): Tags =>
  changes.stock(productId, { toOrFromNothing: balance === 0 || balance === delta });
