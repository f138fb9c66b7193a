import type { Sequelize } from 'sequelize';
import { sortKey } from '#src/kernel/text.js';
import type { KeyedTable } from '#src/platform/database/rebuild-keys.js';
import { skuKey } from '../../domain/sku.js';
import { productWords, searchText } from '../../domain/product-search.js';
import { catalogTables, type CategoryRow, type ProductRow } from './catalog-tables.js';

/** Computes the keys of categories' names. Of two with one name the older one has it. */
export const categoryKeys = (sequelize: Sequelize): KeyedTable<CategoryRow> => ({
  table: catalogTables(sequelize).categories,
  keysOf: ({ name }) => ({ nameKey: sortKey(name) }),
  unique: {
    column: 'nameKey',
    precedes: (one, other) => {
      const older = other.createdAt.getTime() - one.createdAt.getTime();
      return older === 0 ? one.id < other.id : older > 0;
    },
  },
});

/** Computes the keys by which products are sorted and found, including deleted ones. */
export const productKeys = (sequelize: Sequelize): KeyedTable<ProductRow> => ({
  table: catalogTables(sequelize).products,
  keysOf: (product) => ({
    skuKey: product.sku === null || product.deletedAt !== null ? null : skuKey(product.sku),
    nameKey: sortKey(product.name),
    searchKey: searchText(product),
  }),
  words: {
    table: catalogTables(sequelize).words,
    owner: 'productId',
    wordsOf: (product) => (product.deletedAt === null ? productWords(product) : []),
  },
});
