import { sortKey } from '#src/kernel/text.js';
import { memoryTable } from '#src/platform/memory/table.js';
import type { Category } from '../../domain/category.js';
import type { Import, ImportId, ImportRow, RowError } from '../../domain/import.js';
import type { Product } from '../../domain/product.js';
import type { Reservation } from '../../domain/reservation.js';
import { skuKey } from '../../domain/sku.js';
import type { StockLevel, StockMovement } from '../../domain/stock.js';

/** A product and when it was deleted. */
export interface ProductRow extends Product {
  readonly deletedAt: Date | null;
}

export const categoryTable = memoryTable<Category>({
  name: 'categories',
  key: ({ id }) => id,
  unique: { categories_nameKey_unique: ({ name }) => sortKey(name) },
});

export const productTable = memoryTable<ProductRow>({
  name: 'products',
  key: ({ id }) => id,
  unique: {
    // The SKU of a deleted product becomes free.
    products_skuKey_unique: ({ sku, deletedAt }) => (sku === null || deletedAt !== null ? null : skuKey(sku)),
  },
  references: {
    products_categoryId_fk: { table: () => categoryTable, key: ({ categoryId }) => categoryId },
  },
});

export const stockTable = memoryTable<StockLevel>({
  name: 'stock',
  key: ({ productId }) => productId,
  references: { stock_productId_fk: { table: () => productTable, key: ({ productId }) => productId } },
});

export const ledgerTable = memoryTable<StockMovement>({
  name: 'stock_ledger',
  key: ({ id }) => id,
  unique: {
    stock_ledger_productId_sequence_unique: ({ productId, sequence }) => `${productId} ${sequence}`,
    stock_ledger_orderId_productId_reason_unique: ({ orderId, productId, reason }) =>
      orderId && `${orderId} ${productId} ${reason}`,
  },
  references: {
    stock_ledger_productId_fk: { table: () => productTable, key: ({ productId }) => productId },
  },
});

/** A row is a reservation with its lines. */
export const reservationTable = memoryTable<Reservation>({
  name: 'stock_reservations',
  key: ({ orderId }) => orderId,
});

export const importTable = memoryTable<Import>({ name: 'imports', key: ({ id }) => id });

interface OfImport {
  readonly importId: ImportId;
}

export interface ImportChunkRow extends OfImport {
  readonly position: number;
  readonly rows: readonly ImportRow[];
}

export const importChunkTable = memoryTable<ImportChunkRow>({
  name: 'import_chunks',
  key: ({ importId, position }) => `${importId} ${position}`,
  references: { import_chunks_importId_fk: { table: () => importTable, key: ({ importId }) => importId } },
});

export const importErrorTable = memoryTable<RowError & OfImport>({
  name: 'import_errors',
  key: ({ importId, line }) => `${importId} ${line}`,
  references: { import_errors_importId_fk: { table: () => importTable, key: ({ importId }) => importId } },
});
