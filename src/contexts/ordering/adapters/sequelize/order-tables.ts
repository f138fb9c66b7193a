import type { CustomerId, OrderId, ProductId, UserId } from '#src/kernel/ids.js';
import {
  code,
  instant,
  integer,
  longText,
  milliseconds,
  minorUnits,
  nullable,
  primaryKey,
  text,
  uuid,
  version,
} from '#src/platform/database/columns.js';
import { defineTable, defineTables } from '#src/platform/database/tables.js';
import type { BulkCancellationId, BulkReason } from '../../domain/bulk-cancellation.js';
import type { OrderStatus } from '../../domain/order.js';
import { MAX_NUMBER, type OrderNumber } from '../../domain/order-number.js';

export const orderTables = defineTables((db) => ({
  orders: defineTable(db, 'orders', {
    id: primaryKey(uuid<OrderId>()),
    /** Null while an order that a process of an earlier version has placed has none. */
    number: nullable(code<OrderNumber>(MAX_NUMBER)),
    customerId: uuid<CustomerId>(),
    status: text<OrderStatus>(16),
    currency: code(3),
    totalMinor: minorUnits(),
    /** JSON: it is only read and erased as a whole. */
    shippingAddress: nullable(longText()),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
  lines: defineTable(db, 'order_lines', {
    orderId: primaryKey(uuid<OrderId>()),
    position: primaryKey(integer()),
    productId: uuid<ProductId>(),
    sku: nullable(text(64)),
    /** By which orders are searched; null without a SKU. */
    skuKey: nullable(text(64)),
    name: text(200),
    unitPriceMinor: minorUnits(),
    quantity: integer(),
  }),
  placements: defineTable(db, 'order_placements', {
    id: primaryKey(uuid<OrderId>()),
    customerId: uuid<CustomerId>(),
    keyId: nullable(code(64)),
    /** JSON: they are only read as a whole. */
    lines: longText(),
    /** JSON. */
    shippingAddress: nullable(longText()),
    expiresAt: instant(),
  }),
  bulkCancellations: defineTable(db, 'bulk_cancellations', {
    id: primaryKey(uuid<BulkCancellationId>()),
    reason: text<BulkReason>(32),
    requestedBy: nullable(uuid<UserId>()),
    customerId: nullable(uuid<CustomerId>()),
    placedFrom: nullable(instant()),
    placedBefore: nullable(instant()),
    /** End of the last batch: time and id of an order. */
    afterTime: nullable(milliseconds()),
    afterId: nullable(uuid()),
    cancelled: integer(),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
    finishedAt: nullable(instant()),
  }),
}));
