import { searchKey } from '#src/kernel/text.js';
import type { Product } from './product.js';

/** Returns all text in which a search finds a product: each of the `searchWords` occurs in it. */
export const searchText = ({
  name,
  description,
  sku,
}: Pick<Product, 'name' | 'description' | 'sku'>): string => searchKey(`${name} ${description} ${sku ?? ''}`);
