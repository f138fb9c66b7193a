import type { Manager } from '#src/kernel/actor.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Category, CategoryId } from '../domain/category.js';
import { fail } from '../domain/errors.js';
import type { Product } from '../domain/product.js';
import type { StockMovement, StockLevel } from '../domain/stock.js';
import type {
  CategoryReader,
  ProductDetails,
  ProductReader,
  ProductFilter,
  ProductSort,
  StockReader,
  ProductSummary,
  CatalogReaders,
} from './ports.js';

export const getCategory =
  ({ categories }: { categories: CategoryReader }) =>
  async (id: CategoryId): Promise<Category> => {
    const category = await categories.find(id);
    if (category === null) throw fail('category_not_found');
    return category;
  };

export const listCategories =
  ({ categories }: { categories: CategoryReader }) =>
  (page: PageRequest): Promise<Page<Category>> =>
    categories.list(page);

/** The product, or the refusal that says there is none. */
export const existing = <Found>(found: Found | null): Found => {
  if (found === null) throw fail('product_not_found');
  return found;
};

export const getProduct =
  ({ products }: { products: ProductReader }) =>
  async (id: ProductId): Promise<ProductDetails> =>
    existing(await products.findDetails(id));

export const listProducts =
  ({ products }: { products: ProductReader }) =>
  (filter: ProductFilter, sort: ProductSort, page: PageRequest): Promise<Page<ProductDetails>> =>
    products.list(filter, sort, page);

/** A product's ledger, the latest movement first; it outlives the product. */
export const listStockMovements =
  ({ stock }: { stock: StockReader }) =>
  async (
    _by: Manager<'catalog:read'>,
    productId: ProductId,
    page: PageRequest,
  ): Promise<Page<StockMovement>> => {
    if ((await stock.levels([productId])).length === 0) throw fail('product_not_found');
    return stock.movements(productId, page);
  };

/** Step: what a cart shows of its products, also of those deleted since they were put in. */
export const summariseProducts =
  ({ products }: { products: ProductReader }) =>
  (ids: readonly ProductId[]): Promise<readonly ProductSummary[]> =>
    products.summaries(ids);

/** Step: returns a product that has just been stored with its category and its stock, which is read unless the caller knows it. */
export const completeProduct =
  ({ categories, stock }: Pick<CatalogReaders, 'categories' | 'stock'>) =>
  async (product: Product, known?: StockLevel | null): Promise<ProductDetails> => {
    const [level = null] = known ? [known] : await stock.levels([product.id]);
    const category = product.categoryId && (await categories.find(product.categoryId));
    return { product, stock: existing(level), category };
  };
