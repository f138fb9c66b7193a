import type { CustomerId, OrderId, ProductId } from '../../../../kernel/ids.js';
import {
  code,
  instant,
  integer,
  longText,
  minorUnits,
  nullable,
  primaryKey,
  text,
  uuid,
  version,
} from '../../../../platform/database/columns.js';
import { defineTable, defineTables } from '../../../../platform/database/tables.js';
import type { OrderStatus } from '../../domain/order.js';

export const orderTables = defineTables((db) => ({
  orders: defineTable(db, 'orders', {
    id: primaryKey(uuid<OrderId>()),
    customerId: uuid<CustomerId>(),
    status: text<OrderStatus>(16),
    currency: code(3),
    totalMinor: minorUnits(),
    /** JSON: it is only ever read and erased as a whole. */
    shippingAddress: nullable(longText()),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
  lines: defineTable(db, 'order_lines', {
    orderId: primaryKey(uuid<OrderId>()),
    position: primaryKey(integer()),
    productId: uuid<ProductId>(),
    name: text(200),
    unitPriceMinor: minorUnits(),
    quantity: integer(),
  }),
}));
