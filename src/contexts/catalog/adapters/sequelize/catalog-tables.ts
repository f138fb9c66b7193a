import type { ApiKeyId, OrderId, ProductId, UserId } from '#src/kernel/ids.js';
import {
  instant,
  integer,
  longText,
  minorUnits,
  nullable,
  primaryKey,
  sortKeyColumn,
  text,
  uuid,
  version,
} from '#src/platform/database/columns.js';
import { columnsOf, defineTable, defineTables, type RowIn } from '#src/platform/database/tables.js';
import { wordColumn } from '#src/platform/database/word-index.js';
import type { CategoryId } from '../../domain/category.js';
import type { ImportFormat, ImportId, ImportStatus } from '../../domain/import.js';
import type { ReservationState } from '../../domain/reservation.js';
import { MAX_SKU } from '../../domain/sku.js';
import type { StockMovementId, StockReason } from '../../domain/stock.js';

export const catalogTables = defineTables((sequelize) => ({
  categories: defineTable(sequelize, 'categories', {
    id: primaryKey(uuid<CategoryId>()),
    name: text(120),
    nameKey: sortKeyColumn(),
    description: longText(),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
  products: defineTable(sequelize, 'products', {
    id: primaryKey(uuid<ProductId>()),
    sku: nullable(text(MAX_SKU)),
    /** Unique; null for a product without SKU, and once it is deleted. */
    skuKey: nullable(sortKeyColumn()),
    name: text(200),
    nameKey: sortKeyColumn(),
    description: longText(),
    /** Its words as one text. */
    searchKey: longText(),
    priceMinor: minorUnits(),
    categoryId: nullable(uuid<CategoryId>()),
    imageUrl: nullable(text(2048)),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
    deletedAt: nullable(instant()),
  }),
  /** The words of the products in the shop. */
  words: defineTable(sequelize, 'product_words', {
    word: primaryKey(wordColumn()),
    productId: primaryKey(uuid<ProductId>()),
  }),
  stock: defineTable(sequelize, 'stock', {
    productId: primaryKey(uuid<ProductId>()),
    quantity: integer(),
    version: version(),
  }),
  ledger: defineTable(sequelize, 'stock_ledger', {
    id: primaryKey(uuid<StockMovementId>()),
    productId: uuid<ProductId>(),
    sequence: integer(),
    delta: integer(),
    reason: text<StockReason>(16),
    note: nullable(text(500)),
    orderId: nullable(uuid<OrderId>()),
    balance: integer(),
    createdAt: instant(),
  }),
  imports: defineTable(sequelize, 'imports', {
    id: primaryKey(uuid<ImportId>()),
    status: text<ImportStatus>(16),
    format: text<ImportFormat>(16),
    requestedBy: nullable(uuid<UserId | ApiKeyId>()),
    rows: integer(),
    created: integer(),
    updated: integer(),
    unchanged: integer(),
    refused: integer(),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
    finishedAt: nullable(instant()),
  }),
  importChunks: defineTable(sequelize, 'import_chunks', {
    importId: primaryKey(uuid<ImportId>()),
    position: primaryKey(integer()),
    /** JSON: they are only read as a whole. */
    rows: longText(),
  }),
  importErrors: defineTable(sequelize, 'import_errors', {
    importId: primaryKey(uuid<ImportId>()),
    line: primaryKey(integer()),
    sku: nullable(text(MAX_SKU)),
    /** JSON. */
    problems: longText(),
  }),
  reservations: defineTable(sequelize, 'stock_reservations', {
    orderId: primaryKey(uuid<OrderId>()),
    state: text<ReservationState>(16),
    /** JSON: they are written and read as a whole. */
    lines: longText(),
    expiresAt: instant(),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
}));

/** What rows refer to. */
export const catalogReferences = defineTables((sequelize) => {
  const { products, stock, categories } = catalogTables(sequelize);
  const toProduct = { column: 'productId', to: products, key: 'id' } as const;
  const toCategories = { column: 'categoryId', to: categories, key: 'id' } as const;
  return {
    toSale: { ...toProduct, columns: ['id', 'sku', 'name', 'priceMinor', 'deletedAt'] },
    toSummaries: { ...toProduct, columns: ['id', 'name', 'priceMinor', 'imageUrl', 'deletedAt'] },
    toStock: { column: 'id', to: stock, key: 'productId', columns: columnsOf(stock) },
    toCategories: { ...toCategories, columns: columnsOf(categories), optional: true },
  } as const;
});

type Tables = ReturnType<typeof catalogTables>;
export type CategoryRow = RowIn<Tables['categories']>;
export type ReservationRow = RowIn<Tables['reservations']>;
export type ProductRow = RowIn<Tables['products']>;
