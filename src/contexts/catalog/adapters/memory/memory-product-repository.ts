import type { ProductId } from '#src/kernel/ids.js';
import { pageOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import { haveWords, searchTerms } from '#src/kernel/words.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type {
  ProductDetails,
  ProductFilter,
  ProductForSale,
  ProductRepository,
} from '../../application/ports.js';
import { PRODUCT_SORTS, productPosition } from '../../application/product-sorts.js';
import { fail } from '../../domain/errors.js';
import type { Product } from '../../domain/product.js';
import { skuKey } from '../../domain/sku.js';
import { searchText } from '../../domain/product-search.js';
import type { StockLevel } from '../../domain/stock.js';
import { categoryTable, productTable, stockTable, type ProductRow } from './memory-catalog-tables.js';

const REFUSALS = {
  products_categoryId_fk: () => fail('unknown_category'),
  products_skuKey_unique: () => fail('sku_taken'),
};

const toProduct = ({ deletedAt, ...product }: ProductRow): Product => product;

const inShop = (row: ProductRow | null): Product | null => (row?.deletedAt === null ? toProduct(row) : null);

const meets = ({ text, sku, categoryId, minPrice, maxPrice, inStock }: ProductFilter) => {
  const terms = searchTerms(text ?? '');
  return (product: Product, { quantity }: StockLevel): boolean =>
    (sku === undefined || (product.sku !== null && skuKey(product.sku) === skuKey(sku))) &&
    (categoryId === undefined || product.categoryId === categoryId) &&
    (minPrice === undefined || product.price.minor >= minPrice.minor) &&
    (maxPrice === undefined || product.price.minor <= maxPrice.minor) &&
    (inStock === undefined || quantity > 0 === inStock) &&
    haveWords(searchText(product), terms);
};

export const memoryProductRepository = (scope: MemoryScope): ProductRepository => {
  const products = scope.table(productTable);
  const stock = scope.table(stockTable);
  const categories = scope.table(categoryTable);

  const levelOf = async (id: ProductId): Promise<StockLevel> => {
    const level = await stock.find(id);
    if (level === null) throw new Error(`product ${id} has no stock row`);
    return level;
  };

  const details = async (product: Product): Promise<ProductDetails> => ({
    product,
    stock: await levelOf(product.id),
    category: product.categoryId && (await categories.find(product.categoryId)),
  });

  return {
    find: async (id) => inShop(await products.find(id)),
    findDetails: async (id) => {
      const product = inShop(await products.find(id));
      return product && details(product);
    },
    lockForSale: async (ids) => {
      const held: ProductForSale[] = [];
      for (const id of ids.toSorted(compareText)) {
        const level = await stock.lock(id);
        const product = inShop(await products.lock(id));
        if (level === null || product === null) continue;
        const { sku, name, price } = product;
        held.push({ id, sku, name, price, stock: level });
      }
      return held;
    },
    summaries: async (ids) => {
      const wanted = new Set(ids);
      const rows = await products.all(({ id }) => wanted.has(id));
      return Promise.all(
        rows.map(async ({ id, name, price, imageUrl, deletedAt }) => {
          const deleted = deletedAt !== null;
          return {
            id,
            name,
            price,
            imageUrl,
            available: deleted ? 0 : (await levelOf(id)).quantity,
            deleted,
          };
        }),
      );
    },
    list: async (filter, sort, page) => {
      const [rows, levels] = [await products.all(({ deletedAt }) => deletedAt === null), await stock.all()];
      const levelBy = new Map(levels.map((level) => [level.productId, level]));
      const matches = meets(filter);
      const found = rows.filter((row) => {
        const level = levelBy.get(row.id);
        return level !== undefined && matches(row, level);
      });
      const position = productPosition(sort);
      const sorted = pageOfRows(found, {
        sort: (row) => position(row).key,
        id: ({ id }) => id,
        direction: PRODUCT_SORTS[sort].direction,
        page,
      });
      const { items, next } = pageOf(sorted, page.limit, position);
      return { items: await Promise.all(items.map((row) => details(toProduct(row)))), next };
    },
    findBySkus: async (skus) => {
      const keys = new Set(skus.map(skuKey));
      const rows = await products.all(
        ({ sku, deletedAt }) => deletedAt === null && sku !== null && keys.has(skuKey(sku)),
      );
      return rows.map(toProduct);
    },
    add: (product) => products.insert({ ...product, deletedAt: null }, REFUSALS),
    addAll: async (all) => {
      for (const product of all) await products.insert({ ...product, deletedAt: null }, REFUSALS);
    },
    updateAll: async (all) => {
      for (const { product } of all)
        await updateVersion(products, product.id, product.version, product, REFUSALS);
    },
    update: (product) => updateVersion(products, product.id, product.version, product, REFUSALS),
    withdraw: ({ id, version, categoryId, updatedAt }) =>
      updateVersion(products, id, version, { categoryId, deletedAt: updatedAt, updatedAt }),
  };
};
