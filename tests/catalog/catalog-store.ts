import type { CatalogPorts } from '#src/contexts/catalog/application/ports.js';
import type { Category } from '#src/contexts/catalog/domain/category.js';
import type { Product } from '#src/contexts/catalog/domain/product.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import { aCategory, aProduct } from '../support/builders/catalog.js';
import type { Subject } from '../support/subject.js';

/** The repositories of the catalogue, whose contracts need each other's rows. */
export type CatalogStore = Pick<CatalogPorts, 'products' | 'stock' | 'categories'>;

/** Stores a product as `createProduct` does, but for the ledger. */
export const storeProduct = async (
  { transact }: Subject<CatalogStore>,
  given: Partial<Product> = {},
  quantity = 0,
): Promise<Product> => {
  const product = aProduct(given);
  await transact(async ({ products, stock }) => {
    await products.add(product);
    await stock.add(StockLevel.open(product.id, quantity));
  });
  return product;
};

export const storeCategory = async (
  { transact }: Subject<CatalogStore>,
  given: Partial<Category> = {},
): Promise<Category> => {
  const category = aCategory(given);
  await transact(({ categories }) => categories.add(category));
  return category;
};
