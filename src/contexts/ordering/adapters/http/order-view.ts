import type { ErrorDetails } from '#src/kernel/errors.js';
import { EXAMPLE_CUSTOMER, EXAMPLE_ORDER, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { Money } from '#src/kernel/money.js';
import type { ReplyOptions } from '#src/platform/http/routes/reply.js';
import { parseVersionTag, versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { ADDRESS, addressFields, viewAddressFields } from '#src/platform/http/routes/postal-address.js';
import {
  amount,
  createdAt,
  currencyCode,
  pageOf,
  quantity,
  updatedAt,
} from '#src/platform/http/routes/schemas.js';
import { array, object, string, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import { orderStatus } from './order-schemas.js';
import type { OrderDetails } from '../../application/queries.js';
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
    quantity: quantity().description('Number of units').example(EXAMPLE_ORDER.quantity),
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
  number: string()
    .description('The number by which people name the order; unique, and no count of orders')
    .example(EXAMPLE_ORDER.number),
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

const contactBody = object(
  'OrderCustomer',
  {
    name: string().description('Current name').example(EXAMPLE_CUSTOMER.name),
    email: string().description('Current e-mail address').example(EXAMPLE_CUSTOMER.email),
  },
  { description: 'The customer of an order, as the account is now' },
);

const wholeOrder = {
  orderId: uuid().description('The same as `id`').example(EXAMPLE_ORDER.id),
  id: uuid().description('Id of the order').example(EXAMPLE_ORDER.id),
  userId: uuid()
    .description('Id of the customer; a pseudonym once the customer is erased')
    .example(EXAMPLE_CUSTOMER.id),
  ...orderFields,
};

export const orderBody = object('Order', wholeOrder, { description: 'An order' });

export const orderDetailsBody = object(
  'OrderDetails',
  {
    ...wholeOrder,
    customer: contactBody
      .nullable()
      .description(
        'Who the customer is; null once the customer is erased. Shown to administrators only, absent for others',
      )
      .optional(),
  },
  { description: 'An order, for administrators with its customer' },
);

/** An order in an export, whose reader knows whose it is. */
export const exportedOrderBody = object(
  'ExportedOrder',
  { id: uuid().description('Id of the order').example(EXAMPLE_ORDER.id), ...orderFields },
  { description: 'An order in an export' },
);

export const orderPage = pageOf('OrderPage', orderBody);
export const orderDetailsPage = pageOf('OrderDetailsPage', orderDetailsBody);

const viewLine = (line: OrderLine): ValueOf<typeof lineBody> => ({
  productId: line.productId,
  sku: line.sku,
  name: line.name,
  unitPrice: Money.toMajor(line.unitPrice),
  quantity: line.quantity,
  lineTotal: Money.toMajor(Order.lineTotal(line)),
});

const viewFields = (order: Order) => ({
  number: order.number,
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

/** Shows the customer to administrators. */
export const viewOrderDetails = ({ order, contact }: OrderDetails): ValueOf<typeof orderDetailsBody> => ({
  ...viewOrder(order),
  ...(contact !== undefined && { customer: contact && { name: contact.name, email: contact.email } }),
});

/** Changes with everything that the view shows: the order and, for administrators, the account of its customer. */
export const orderDetailsTag = ({ order, contact }: OrderDetails): ReplyOptions => ({
  etag: contact === undefined ? versionTag(order.version) : `${order.version}.${contact?.version ?? 0}`,
});

/** The order's own version in such a tag: a new name of the customer does not defeat a change of the status. */
export const parseOrderTag = (tag: string): number | null => parseVersionTag(tag.replace(/\.\d+$/, ''));

export const orderTag = ({ version }: Order): ReplyOptions => ({ etag: versionTag(version) });
