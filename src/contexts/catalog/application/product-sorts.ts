import type { Position } from '#src/kernel/page.js';
import { sortKey } from '#src/kernel/text.js';
import type { Product } from '../domain/product.js';
import type { ProductFilter, ProductSort } from './ports.js';

export interface SortOrder {
  readonly by: 'name' | 'price' | 'createdAt';
  readonly direction: 'asc' | 'desc';
}

/** What each sort of the product list means. */
export const PRODUCT_SORTS: Readonly<Record<ProductSort, SortOrder>> = {
  name: { by: 'name', direction: 'asc' },
  '-name': { by: 'name', direction: 'desc' },
  price: { by: 'price', direction: 'asc' },
  '-price': { by: 'price', direction: 'desc' },
  createdAt: { by: 'createdAt', direction: 'asc' },
  '-createdAt': { by: 'createdAt', direction: 'desc' },
};

/** Whether the filter leaves out products that the order of the list leads to, so that a page may hold fewer than its limit. */
export const isFiltered = (
  { text, sku, minPrice, maxPrice, inStock }: ProductFilter,
  sort: ProductSort,
): boolean =>
  sku === undefined && // which leads to one product at most
  (text !== undefined ||
    inStock !== undefined ||
    (PRODUCT_SORTS[sort].by !== 'price' && (minPrice ?? maxPrice) !== undefined));

const KEYS: Readonly<Record<SortOrder['by'], (product: Product) => Position['key']>> = {
  name: ({ name }) => sortKey(name),
  price: ({ price }) => price.minor,
  createdAt: ({ createdAt }) => createdAt.getTime(),
};

/** Where a product stands in a list of that sort. */
export const productPosition =
  (sort: ProductSort) =>
  (product: Product): Position => ({ key: KEYS[PRODUCT_SORTS[sort].by](product), id: product.id });
