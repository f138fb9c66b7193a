import type { ProductId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { ProductDetails, ProductReader } from './ports.js';

/** The product, or the refusal that says there is none. */
export const existing = <Found>(found: Found | null): Found => {
  if (found === null) throw fail('product_not_found');
  return found;
};

export const getProduct =
  ({ products }: { products: ProductReader }) =>
  async (id: ProductId): Promise<ProductDetails> =>
    existing(await products.findDetails(id));
