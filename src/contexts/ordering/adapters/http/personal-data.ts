import { pagedList } from '#src/platform/personal-data.js';
import { orderPage } from '../../application/queries.js';
import type { OrderReader } from '../../application/ports.js';
import { exportedOrderBody, viewExportedOrder } from './order-view.js';

/** Few, since an order may have a hundred lines, which are read and written in one turn of the event loop. */
const ORDERS_AT_A_TIME = 50;

/** The orders, as a list of the exported document. */
export const orderList = pagedList({
  name: 'orders',
  body: exportedOrderBody,
  description: 'The latest first',
  page: (readers: { readonly orders: OrderReader }) => async (person, after) => {
    const { items, next } = await orderPage(readers)(person, { limit: ORDERS_AT_A_TIME, after });
    return { items: items.map(viewExportedOrder), next };
  },
});
