import type { Manager } from '#src/kernel/actor.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Category, CategoryId } from '../domain/category.js';
import { fail } from '../domain/errors.js';
import type { Product } from '../domain/product.js';
import type { StockMovement, StockLevel } from '../domain/stock.js';
import type { Import, ImportId, RowError } from '../domain/import.js';
import type {
  CategoryReader,
  ImportReader,
  ProductDetails,
  ProductReader,
  ProductFilter,
  ProductSort,
  StockReader,
  ProductSummary,
  CatalogReaders,
} from './ports.js';

const EXPORTED_AT_A_TIME = 200;

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

/** Fails with `import_not_found`. */
export const getImport =
  ({ imports }: { imports: ImportReader }) =>
  async (_by: Manager<'catalog:write'>, id: ImportId): Promise<Import> => {
    const found = await imports.find(id);
    if (found === null) throw fail('import_not_found');
    return found;
  };

/** Lists imports, the latest first. */
export const listImports =
  ({ imports }: { imports: ImportReader }) =>
  (_by: Manager<'catalog:write'>, page: PageRequest): Promise<Page<Import>> =>
    imports.list(page);

/** Lists the rows that an import has refused, in the order of the file. Fails with `import_not_found`. */
export const listImportErrors =
  ({ imports }: { imports: ImportReader }) =>
  async (by: Manager<'catalog:write'>, id: ImportId, page: PageRequest): Promise<Page<RowError>> => {
    await getImport({ imports })(by, id);
    return imports.errors(id, page);
  };

/** Returns all products of the shop, page by page, each as it is when its page is read; the latest first. */
export const exportProducts =
  ({ products }: { products: ProductReader }) =>
  (_by: Manager<'catalog:read'>, limit = EXPORTED_AT_A_TIME): AsyncIterable<readonly ProductDetails[]> => {
    const pages = async function* (): AsyncGenerator<readonly ProductDetails[]> {
      let after: PageRequest['after'] = null;
      do {
        const page: Page<ProductDetails> = await products.list({}, '-createdAt', { limit, after });
        yield page.items;
        after = page.next;
      } while (after !== null);
    };
    return pages();
  };
