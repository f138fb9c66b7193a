import type { Product } from '../domain/product.js';
import type { StockLevel } from '../domain/stock.js';
import { existing } from './get-product.js';
import type { CatalogReaders, ProductDetails } from './ports.js';

/** Step: returns a product that has just been stored with its category and its stock, which is read unless the caller knows it. */
export const completeProduct =
  ({ categories, stock }: Pick<CatalogReaders, 'categories' | 'stock'>) =>
  async (product: Product, known?: StockLevel | null): Promise<ProductDetails> => {
    const [level = null] = known ? [known] : await stock.levels([product.id]);
    const category = product.categoryId && (await categories.find(product.categoryId));
    return { product, stock: existing(level), category };
  };
