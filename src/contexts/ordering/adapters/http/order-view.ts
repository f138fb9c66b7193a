import type { ErrorDetails } from '#src/kernel/errors.js';
import { EXAMPLE_CUSTOMER, EXAMPLE_ORDER, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { Money } from '#src/kernel/money.js';
import type { ReplyOptions } from '#src/platform/http/routes/reply.js';
import { versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { ADDRESS, addressFields, viewAddressFields } from '#src/platform/http/routes/postal-address.js';
import { amount, createdAt, currencyCode, pageOf, updatedAt } from '#src/platform/http/routes/schemas.js';
import { array, integer, object, string, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import { orderStatus } from './order-schemas.js';
import { Order, type OrderLine } from '../../domain/order.js';

const lineBody = object(
  'OrderLine',
  {
    productId: uuid().description('Id of the product').example(EXAMPLE_PRODUCT.id),
    sku: string()
      .nullable()
      .description('Stock keeping unit; null if the product had none')
      .example(EXAMPLE_PRODUCT.sku),
    name: string().description('Name of the product').example(EXAMPLE_PRODUCT.name),
    unitPrice: amount().description('Price of one unit').example(EXAMPLE_PRODUCT.price),
    quantity: integer().description('Number of units').example(EXAMPLE_ORDER.quantity),
    lineTotal: amount().description('Price times quantity').example(EXAMPLE_ORDER.total),
  },
  { description: 'A line of an order, as of its placing' },
);

const shippingAddress = object('ShippingAddress', addressFields, {
  description: 'The address of an order',
  base: ADDRESS,
});

/** Fields of an order, for its customer, for administrators and in an export. */
const orderFields = {
  status: orderStatus().description('Current status').example('pending'),
  products: array(lineBody).description('Names, SKUs and prices as of the placing of the order'),
  totalPrice: amount().description('The sum of the lines').example(EXAMPLE_ORDER.total),
  currency: currencyCode(),
  shippingAddress: shippingAddress
    .nullable()
    .description('null if the order was placed without one, or the customer is erased'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
};

export const orderBody = object(
  'Order',
  {
    orderId: uuid().description('The same as `id`').example(EXAMPLE_ORDER.id),
    id: uuid().description('Id of the order').example(EXAMPLE_ORDER.id),
    userId: uuid()
      .description('Id of the customer; a pseudonym once the customer is erased')
      .example(EXAMPLE_CUSTOMER.id),
    ...orderFields,
  },
  { description: 'An order' },
);

/** An order in an export, whose reader knows whose it is. */
export const exportedOrderBody = object(
  'ExportedOrder',
  { id: uuid().description('Id of the order').example(EXAMPLE_ORDER.id), ...orderFields },
  { description: 'An order in an export' },
);

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
