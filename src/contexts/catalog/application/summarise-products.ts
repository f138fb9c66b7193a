import type { ProductId } from '../../../kernel/ids.js';
import type { ProductRepository, ProductSummary } from './ports.js';

/** Step: what a cart shows of its products, also of those deleted since they were put in. */
export const summariseProducts =
  ({ products }: { products: ProductRepository }) =>
  (ids: readonly ProductId[]): Promise<readonly ProductSummary[]> =>
    products.summaries(ids);
