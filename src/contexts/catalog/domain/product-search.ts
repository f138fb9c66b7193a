import { searchKey } from '#src/kernel/text.js';
import type { Product } from './product.js';

/** All that a product is found by. */
export const searchText = ({
  name,
  description,
  sku,
}: Pick<Product, 'name' | 'description' | 'sku'>): string => searchKey(`${name} ${description} ${sku ?? ''}`);

/** The words of a search, as they would stand in a `searchText`. A product is found when each occurs in it. */
export const searchWords = (text: string): readonly string[] =>
  searchKey(text)
    .split(' ')
    .filter((word) => word !== '');
