import { joinWords, wordsOf } from '#src/kernel/words.js';
import type { Product } from './product.js';

type Searched = Pick<Product, 'name' | 'description' | 'sku'>;

/** Returns the words by which a search finds a product. */
export const productWords = ({ name, description, sku }: Searched): readonly string[] =>
  wordsOf(`${name} ${description} ${sku ?? ''}`);

/** Returns them as one text. */
export const searchText = (product: Searched): string => joinWords(productWords(product));
