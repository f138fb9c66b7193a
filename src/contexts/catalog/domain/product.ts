import type { ProductId } from '#src/kernel/ids.js';
import type { Money } from '#src/kernel/money.js';
import type { CategoryId } from './category.js';

/** The description of a product. Its stock is a row of its own: a sale does not edit the product. */
export interface Product {
  readonly id: ProductId;
  /** Stock keeping unit; unique among the products in the shop, by its `skuKey`. */
  readonly sku: string | null;
  readonly name: string;
  readonly description: string;
  readonly price: Money;
  readonly categoryId: CategoryId | null;
  readonly imageUrl: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The part of a product that an administrator writes. */
export type ProductContent = Omit<Product, 'id' | 'version' | 'createdAt' | 'updatedAt'>;

const create = (id: ProductId, content: ProductContent, at: Date): Product => ({
  ...content,
  id,
  version: 1,
  createdAt: at,
  updatedAt: at,
});

const edit = (product: Product, changes: Partial<ProductContent>, at: Date): Product => ({
  ...product,
  ...changes,
  version: product.version + 1,
  updatedAt: at,
});

/** Returns the last version of a product: without its category, and withdrawn at the time of its update. */
const withdraw = (product: Product, at: Date): Product => edit(product, { categoryId: null }, at);

export const Product = { create, edit, withdraw };
