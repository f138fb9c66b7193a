import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { integer, primaryKey, uuid, version } from '#src/platform/database/columns.js';
import { columnsOf, defineTable, defineTables } from '#src/platform/database/tables.js';

export const cartTables = defineTables((db) => ({
  carts: defineTable(db, 'carts', { customerId: primaryKey(uuid<CustomerId>()), version: version() }),
  lines: defineTable(db, 'cart_lines', {
    customerId: primaryKey(uuid<CustomerId>()),
    productId: primaryKey(uuid<ProductId>()),
    /** Rises in the order in which the lines were added; may have gaps. */
    position: integer(),
    quantity: integer(),
  }),
}));

/** What rows refer to. */
export const cartReferences = defineTables((db) => {
  const { lines } = cartTables(db);
  const toLines = { column: 'customerId', to: lines, key: 'customerId', columns: columnsOf(lines) } as const;
  return { toLines: { ...toLines, optional: true } } as const;
});
