import { Money } from '#src/kernel/money.js';
import { amount } from '#src/platform/http/routes/schemas.js';
import { exportedList } from '#src/platform/personal-data.js';
import { array, object, oneOf, string, timestamp, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import { orderPages } from '../../application/queries.js';
import type { OrderReader } from '../../application/ports.js';
import type { Order } from '../../domain/order.js';
import { lineFields, viewLine } from './order-view.js';

const nullableText = () => string().nullable();

const shippingAddressBody = object('ExportedShippingAddress', {
  name: nullableText().description('Recipient, if it is not the customer'),
  line1: string(),
  line2: nullableText(),
  city: string(),
  region: nullableText().description('State, province or county'),
  postalCode: nullableText(),
  country: string().description('ISO 3166-1 alpha-2'),
  phone: nullableText(),
});

const orderBody = object('ExportedOrder', {
  id: uuid(),
  status: oneOf('pending', 'confirmed', 'shipped', 'delivered', 'cancelled'),
  products: array(object('ExportedOrderLine', lineFields)),
  totalPrice: amount(),
  currency: string(),
  shippingAddress: shippingAddressBody.nullable(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

const viewOrder = ({
  id,
  status,
  lines,
  total,
  shippingAddress,
  createdAt,
  updatedAt,
}: Order): ValueOf<typeof orderBody> => ({
  id,
  status,
  products: lines.map(viewLine),
  totalPrice: Money.toMajor(total),
  currency: total.currency.code,
  shippingAddress,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

/** Few, since an order may have a hundred lines, which are read and written in one turn of the event loop. */
const ORDERS_AT_A_TIME = 50;

/** The orders, as a list of the exported document. */
export const orderList = exportedList({
  name: 'orders',
  body: orderBody,
  description: 'The latest first',
  pages: (readers: { readonly orders: OrderReader }) =>
    async function* (person) {
      for await (const page of orderPages(readers)(person, ORDERS_AT_A_TIME)) yield page.map(viewOrder);
    },
});
