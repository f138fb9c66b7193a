import { searchKey } from '#src/kernel/text.js';
import type { Product } from './product.js';

/** All that a product is found by: each of the `searchWords` occurs in it. */
export const searchText = ({
  name,
  description,
  sku,
}: Pick<Product, 'name' | 'description' | 'sku'>): string => searchKey(`${name} ${description} ${sku ?? ''}`);
