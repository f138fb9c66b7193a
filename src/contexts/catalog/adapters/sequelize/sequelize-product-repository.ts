import { Op } from 'sequelize';
import type { ProductId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import { pageOf } from '#src/kernel/page.js';
import { searchWords, sortKey } from '#src/kernel/text.js';
import { containsText, readPageColumns, valuesOf } from '#src/platform/database/lists.js';
import {
  findJoinedRows,
  findRow,
  insertRow,
  updateVersion,
  type Where,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { columnsOf } from '#src/platform/database/tables.js';
import type {
  ProductDetails,
  ProductFilter,
  ProductRepository,
  ProductSort,
} from '../../application/ports.js';
import { isSearch, PRODUCT_SORTS } from '../../application/product-sorts.js';
import { fail } from '../../domain/errors.js';
import type { Product } from '../../domain/product.js';
import { skuKey } from '../../domain/sku.js';
import { searchText } from '../../domain/product-search.js';
import { catalogTables, type ProductRow } from './catalog-tables.js';
import { toCategory } from './sequelize-category-repository.js';

const REFUSALS = {
  products_categoryId_fk: () => fail('unknown_category'),
  products_skuKey_unique: () => fail('sku_taken'),
};

const SALE = ['id', 'sku', 'name', 'priceMinor', 'deletedAt'] as const;
const SUMMARY = ['id', 'name', 'priceMinor', 'imageUrl', 'deletedAt'] as const;

const SORT_COLUMNS = { name: 'nameKey', price: 'priceMinor', createdAt: 'createdAt' } as const;

const toProduct =
  (currency: Currency) =>
  ({ skuKey: _skuKey, nameKey, searchKey, priceMinor, deletedAt, ...product }: ProductRow): Product => ({
    ...product,
    price: Money.of(priceMinor, currency),
  });

const toRow = ({ price, ...product }: Product): ProductRow => ({
  ...product,
  skuKey: product.sku === null ? null : skuKey(product.sku),
  nameKey: sortKey(product.name),
  searchKey: searchText(product),
  priceMinor: price.minor,
  deletedAt: null,
});

export const sequelizeProductRepository = (scope: SqlScope, currency: Currency): ProductRepository => {
  const { products, stock, categories } = catalogTables(scope.sequelize);
  const product = toProduct(currency);
  const reference = { column: 'productId', to: products, key: 'id' } as const;
  const toSale = { ...reference, columns: SALE } as const;
  const toSummaries = { ...reference, columns: SUMMARY } as const;

  const toStock = { column: 'id', to: stock, key: 'productId', columns: columnsOf(stock) } as const;
  const toCategories = {
    column: 'categoryId',
    to: categories,
    key: 'id',
    columns: columnsOf(categories),
    optional: true,
  } as const;

  /** One statement, so what it returns of a product belongs together. */
  const detailsOf = async (ids: readonly ProductId[]): Promise<readonly ProductDetails[]> => {
    const where = { id: ids, deletedAt: null };
    const rows = await findJoinedRows(products, [toStock, toCategories], { where }, scope);
    return rows.map(([row, level, category]) => ({
      product: product(row),
      stock: level,
      category: category && toCategory(category),
    }));
  };

  const withStock = (inStock: boolean): Where<ProductRow> => {
    const quantity = { [inStock ? Op.gt : Op.lte]: 0 };
    return { id: { [Op.in]: valuesOf(stock, 'productId', { quantity }) } };
  };

  /** Returns the conditions of a filter, in the terms of `readPage`. */
  const meeting = (filter: ProductFilter, sort: ProductSort) => {
    const { text, sku, categoryId, minPrice, maxPrice, inStock } = filter;
    const prices = { from: minPrice?.minor, to: maxPrice && maxPrice.minor + 1 };
    const isRange = PRODUCT_SORTS[sort].by === 'price';
    const equal = categoryId === undefined ? { deletedAt: null } : { categoryId };
    const others = [
      ...(categoryId === undefined ? [] : [{ deletedAt: null }]),
      ...(sku === undefined ? [] : [{ skuKey: skuKey(sku) }]),
      ...(isRange || prices.from === undefined ? [] : [{ priceMinor: { [Op.gte]: prices.from } }]),
      ...(isRange || prices.to === undefined ? [] : [{ priceMinor: { [Op.lt]: prices.to } }]),
      ...(inStock === undefined ? [] : [withStock(inStock)]),
      ...(text === undefined ? [] : [containsText('searchKey', searchWords(text), scope)]),
    ];
    const range = isRange ? prices : {};
    // The index of its sort serves a list. A SKU has an index of its own, and if no index serves the page the database chooses.
    return sku !== undefined || isSearch(filter, sort)
      ? { isSearch: isSearch(filter, sort), range, where: { [Op.and]: [equal, ...others] } }
      : { equal, range, where: { [Op.and]: others } };
  };

  const findInShop = (id: Product['id']): Promise<ProductRow | null> =>
    findRow(products, { id, deletedAt: null }, scope);

  return {
    find: async (id) => {
      const row = await findInShop(id);
      return row && product(row);
    },
    findDetails: async (id) => {
      const [found] = await detailsOf([id]);
      return found ?? null;
    },
    lockForSale: async (ids) => {
      // The stock before the product, here and in every edit. The caller writes the stock, so the nodes of a cluster agree on it.
      const where = { productId: { [Op.in]: [...ids] } };
      const query = { where, order: [['productId', 'asc']], index: 'PRIMARY', lock: true } as const;
      const rows = await findJoinedRows(stock, [toSale], query, scope);
      return rows.flatMap(([level, { priceMinor, deletedAt, ...sale }]) =>
        deletedAt === null ? [{ ...sale, price: Money.of(priceMinor, currency), stock: level }] : [],
      );
    },
    summaries: async (ids) => {
      if (ids.length === 0) return [];
      const where = { productId: { [Op.in]: [...ids] } };
      const rows = await findJoinedRows(stock, [toSummaries], { where }, scope);
      return rows.map(([{ quantity }, { priceMinor, deletedAt, ...summary }]) => {
        const deleted = deletedAt !== null;
        const price = Money.of(priceMinor, currency);
        return { ...summary, price, available: deleted ? 0 : quantity, deleted };
      });
    },
    list: async (filter, sort, page) => {
      const { by, direction } = PRODUCT_SORTS[sort];
      const order = { column: SORT_COLUMNS[by], direction };
      const query = { ...meeting(filter, sort), sort: order, page };
      // The page by the index of its sort, then all that is shown of its products by their ids.
      const rows = await readPageColumns(products, ['id', order.column], query, scope);
      const position = ({ id, [order.column]: key }: (typeof rows)[number]) => ({
        key: key instanceof Date ? key.getTime() : key,
        id,
      });
      const { items, next } = pageOf(rows, page.limit, position);
      if (items.length === 0) return { items: [], next };
      const details = new Map(
        (await detailsOf(items.map(({ id }) => id))).map((each) => [each.product.id, each]),
      );
      // A product that was deleted between the two statements is missing.
      return { items: items.flatMap(({ id }) => details.get(id) ?? []), next };
    },
    add: (added) => insertRow(products, toRow(added), scope, REFUSALS),
    update: (edited) => {
      const { id, version, createdAt, ...changes } = toRow(edited);
      return updateVersion(products, { id, version }, changes, scope, REFUSALS);
    },
    withdraw: ({ id, version, categoryId, updatedAt }) =>
      updateVersion(
        products,
        { id, version },
        { categoryId, skuKey: null, deletedAt: updatedAt, updatedAt },
        scope,
      ),
  };
};
