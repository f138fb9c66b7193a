import type { Page, PageRequest } from '#src/kernel/page.js';
import type { ProductDetails, ProductFilter, ProductReader, ProductSort } from './ports.js';

export const listProducts =
  ({ products }: { products: ProductReader }) =>
  (filter: ProductFilter, sort: ProductSort, page: PageRequest): Promise<Page<ProductDetails>> =>
    products.list(filter, sort, page);
