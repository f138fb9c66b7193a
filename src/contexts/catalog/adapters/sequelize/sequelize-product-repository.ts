import { Op } from 'sequelize';
import type { ProductId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import { pageOf } from '#src/kernel/page.js';
import { sortKey } from '#src/kernel/text.js';
import { searchTerms } from '#src/kernel/words.js';
import { readFiltered, type Lead } from '#src/platform/database/filtered-lists.js';
import { havingWords, positionBy, readPageColumns, type Range } from '#src/platform/database/lists.js';
import {
  findJoinedRows,
  findRow,
  findRows,
  insertRow,
  insertRows,
  updateVersion,
  updateVersions,
  type Where,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { selectFrom } from '#src/platform/database/statements.js';
import { wordIndex } from '#src/platform/database/word-index.js';
import type {
  ProductDetails,
  ProductFilter,
  ProductRepository,
  ProductSort,
} from '../../application/ports.js';
import { isFiltered, PRODUCT_SORTS } from '../../application/product-sorts.js';
import { fail } from '../../domain/errors.js';
import type { CategoryId } from '../../domain/category.js';
import type { Product } from '../../domain/product.js';
import { skuKey } from '../../domain/sku.js';
import { productWords, searchText } from '../../domain/product-search.js';
import { catalogReferences, catalogTables, type ProductRow } from './catalog-tables.js';
import { toCategory } from './sequelize-category-repository.js';

const REFUSALS = {
  products_categoryId_fk: () => fail('unknown_category'),
  products_skuKey_unique: () => fail('sku_taken'),
};

/** The columns of an edit. */
const EDITED = [
  ...(['sku', 'skuKey', 'name', 'nameKey', 'description', 'searchKey'] as const),
  ...(['priceMinor', 'categoryId', 'imageUrl', 'updatedAt'] as const),
];

const SORT_COLUMNS = { name: 'nameKey', price: 'priceMinor', createdAt: 'createdAt' } as const;

/** Returns the conditions on a price: from one (inclusive) to another (exclusive). */
const pricedFrom = ({ from, to }: Range): readonly Where<ProductRow>[] => [
  ...(from === undefined ? [] : [{ priceMinor: { [Op.gte]: Number(from) } }]),
  ...(to === undefined ? [] : [{ priceMinor: { [Op.lt]: Number(to) } }]),
];

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
  const { products, words, stock } = catalogTables(scope.sequelize);
  const index = wordIndex(words, 'productId', scope);
  const product = toProduct(currency);
  const { toSale, toSummaries, toStock, toCategories } = catalogReferences(scope.sequelize);

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

  /** Looks up the stock of each product in the order of the list; a subquery of those in stock would be read as a whole first. */
  const withStock =
    (inStock: boolean): Where<ProductRow> =>
    (bind) => {
      const left = selectFrom(stock, ['quantity'], {
        where: () => `${stock.names.qualified('productId')} = ${products.names.qualified('id')}`,
      });
      return `(${left(bind)}) ${inStock ? '>' : '<='} 0`;
    };

  const leadOfPrices =
    (equal: { readonly categoryId?: CategoryId; readonly deletedAt?: null }, prices: Range): Lead =>
    (limit) =>
      selectFrom(products, ['id'], {
        where: { [Op.and]: [equal, ...pricedFrom(prices)] },
        order: [['priceMinor', 'asc']],
        index: `products_${Object.keys(equal).join('')}_priceMinor_id_idx`,
        ...(limit !== undefined && { limit }),
      });

  /** Returns the conditions of a filter, in the terms of `readPage`. */
  const meeting = (filter: ProductFilter, sort: ProductSort) => {
    const { text = '', sku, categoryId, minPrice, maxPrice, inStock } = filter;
    const prices = { from: minPrice?.minor, to: maxPrice && maxPrice.minor + 1 };
    const isRange = PRODUCT_SORTS[sort].by === 'price';
    const equal = categoryId === undefined ? { deletedAt: null } : { categoryId };
    const terms = searchTerms(text);
    const others = [
      ...(categoryId === undefined ? [] : [{ deletedAt: null }]),
      ...(sku === undefined ? [] : [{ skuKey: skuKey(sku) }]),
      ...(isRange ? [] : pricedFrom(prices)),
      ...(inStock === undefined ? [] : [withStock(inStock)]),
      ...(terms.length === 0 ? [] : [havingWords('searchKey', terms, scope)]),
    ];
    const leads = [
      ...index.leadsOf(terms),
      ...(isRange || (minPrice ?? maxPrice) === undefined ? [] : [leadOfPrices(equal, prices)]),
    ];
    return { equal, range: isRange ? prices : {}, where: { [Op.and]: others }, leads };
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
      const { leads, equal, where, range } = meeting(filter, sort);
      // An index of its own leads to the product of a SKU.
      const query =
        filter.sku === undefined
          ? { equal, range, where, sort: order, page }
          : { range, where: { [Op.and]: [equal, where] }, sort: order, page };
      // The page by the index of its sort, then all that is shown of its products by their ids.
      const columns = ['id', order.column] as const;
      const { items, next } = isFiltered(filter, sort)
        ? await readFiltered(products, columns, { ...query, leads }, scope)
        : pageOf(
            await readPageColumns(products, columns, query, scope),
            page.limit,
            positionBy<ProductRow>(order.column),
          );
      if (items.length === 0) return { items: [], next };
      const details = new Map(
        (await detailsOf(items.map(({ id }) => id))).map((each) => [each.product.id, each]),
      );
      // A product that was deleted between the two statements is missing.
      return { items: items.flatMap(({ id }) => details.get(id) ?? []), next };
    },
    findBySkus: async (skus) => {
      const where = { skuKey: [...new Set(skus.map(skuKey))] };
      return skus.length === 0 ? [] : (await findRows(products, { where }, scope)).map(product);
    },
    addAll: async (added) => {
      await insertRows(products, added.map(toRow), scope, REFUSALS);
      await index.addAll(added.map((each) => [each.id, productWords(each)]));
    },
    updateAll: async (changes) => {
      const rows = changes.map((each) => toRow(each.product));
      await updateVersions(products, 'id', EDITED, rows, scope, REFUSALS);
      const renamed = changes.filter((each) => searchText(each.product) !== searchText(each.before));
      if (renamed.length > 0)
        await index.replace(renamed.map((each) => [each.product.id, productWords(each.product)]));
    },
    add: async (added) => {
      await insertRow(products, toRow(added), scope, REFUSALS);
      await index.add(added.id, productWords(added));
    },
    update: async (edited, before) => {
      const { id, version, createdAt, ...changes } = toRow(edited);
      await updateVersion(products, { id, version }, changes, scope, REFUSALS);
      await index.change(id, productWords(before), productWords(edited));
    },
    withdraw: async ({ id, version, categoryId, updatedAt }) => {
      const changes = { categoryId, skuKey: null, deletedAt: updatedAt, updatedAt };
      await updateVersion(products, { id, version }, changes, scope);
      await index.remove(id);
    },
  };
};
