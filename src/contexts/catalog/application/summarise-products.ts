import type { ProductId } from '#src/kernel/ids.js';
import type { ProductReader, ProductSummary } from './ports.js';

/** Step: what a cart shows of its products, also of those deleted since they were put in. */
export const summariseProducts =
  ({ products }: { products: ProductReader }) =>
  (ids: readonly ProductId[]): Promise<readonly ProductSummary[]> =>
    products.summaries(ids);
