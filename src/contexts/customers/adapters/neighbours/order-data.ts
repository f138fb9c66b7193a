import { Money } from '#src/kernel/money.js';
import { orderPages, Order, type OrderReader } from '#src/contexts/ordering/public.js';
import type { PersonalList } from '../../application/ports.js';

const viewOrder = ({ id, status, lines, total, shippingAddress, createdAt, updatedAt }: Order) => ({
  id,
  status,
  products: lines.map((line) => ({
    productId: line.productId,
    name: line.name,
    unitPrice: Money.toMajor(line.unitPrice),
    quantity: line.quantity,
    lineTotal: Money.toMajor(Order.lineTotal(line)),
  })),
  totalPrice: Money.toMajor(total),
  currency: total.currency.code,
  shippingAddress,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

/** Few, since an order may have a hundred lines, which are read and written in one turn of the event loop. */
const ORDERS_AT_A_TIME = 50;

export const orderData = (ports: { readonly orders: OrderReader }): PersonalList => ({
  name: 'orders',
  pages: async function* (customer) {
    for await (const page of orderPages(ports)(customer, ORDERS_AT_A_TIME)) yield page.map(viewOrder);
  },
});
