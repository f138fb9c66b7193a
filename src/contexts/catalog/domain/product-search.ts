import { searchKey } from '#src/kernel/text.js';
import type { Product } from './product.js';

/** All that a product is found by. */
export const searchText = ({ name, description }: Pick<Product, 'name' | 'description'>): string =>
  searchKey(`${name} ${description}`);

/** The words of a search, as they would stand in a `searchText`. A product is found when each occurs in it. */
export const searchWords = (text: string): readonly string[] =>
  searchKey(text)
    .split(' ')
    .filter((word) => word !== '');
