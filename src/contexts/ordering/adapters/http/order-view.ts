import type { ErrorDetails } from '#src/kernel/errors.js';
import { Money } from '#src/kernel/money.js';
import type { ReplyOptions } from '#src/platform/http/routes/reply.js';
import { versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { addressFields, viewAddressFields } from '#src/platform/http/routes/postal-address.js';
import { amount, pageOf } from '#src/platform/http/routes/schemas.js';
import {
  array,
  integer,
  object,
  oneOf,
  string,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import { Order, ORDER_STATUSES, type OrderLine } from '../../domain/order.js';

const lineBody = object('OrderLine', {
  productId: uuid(),
  sku: string().nullable().description('null if the product had none'),
  name: string(),
  unitPrice: amount(),
  quantity: integer(),
  lineTotal: amount(),
});

/** Fields of an order, for its customer, for administrators and in an export. */
const orderFields = {
  status: oneOf(...ORDER_STATUSES),
  products: array(lineBody).description('Names, SKUs and prices as of the placing of the order'),
  totalPrice: amount().description('The sum of the lines'),
  currency: string().description('ISO 4217'),
  shippingAddress: object('ShippingAddress', addressFields)
    .nullable()
    .description('null if the order was placed without one, or the customer is erased'),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

export const orderBody = object('Order', {
  orderId: uuid().description('The same as `id`'),
  id: uuid(),
  userId: uuid().description('Id of the customer; a pseudonym once the customer is erased'),
  ...orderFields,
});

/** An order in an export, whose reader knows whose it is. */
export const exportedOrderBody = object('ExportedOrder', { id: uuid(), ...orderFields });

export const orderPage = pageOf('OrderPage', orderBody);

const viewLine = (line: OrderLine): ValueOf<typeof lineBody> => ({
  productId: line.productId,
  sku: line.sku,
  name: line.name,
  unitPrice: Money.toMajor(line.unitPrice),
  quantity: line.quantity,
  lineTotal: Money.toMajor(Order.lineTotal(line)),
});

const viewFields = (order: Order) => ({
  status: order.status,
  products: order.lines.map(viewLine),
  totalPrice: Money.toMajor(order.total),
  currency: order.total.currency.code,
  shippingAddress: order.shippingAddress && viewAddressFields(order.shippingAddress),
  createdAt: order.createdAt.toISOString(),
  updatedAt: order.updatedAt.toISOString(),
});

export const viewExportedOrder = (order: Order): ValueOf<typeof exportedOrderBody> => ({
  id: order.id,
  ...viewFields(order),
});

export const viewOrder = (order: Order): ValueOf<typeof orderBody> => ({
  orderId: order.id,
  id: order.id,
  userId: order.customerId,
  ...viewFields(order),
});

/** Shows the totals of `total_changed` as the body does; they are amounts of money, which the type of all details can't say. */
export const viewChangedTotal = ({ expected, actual }: ErrorDetails): ErrorDetails => ({
  expectedTotal: Money.toMajor(expected as Money),
  totalPrice: Money.toMajor(actual as Money),
});

export const orderTag = ({ version }: Order): ReplyOptions => ({ etag: versionTag(version) });
