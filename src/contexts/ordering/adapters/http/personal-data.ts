import { exportedList } from '#src/platform/personal-data.js';
import { orderPages } from '../../application/queries.js';
import type { OrderReader } from '../../application/ports.js';
import { exportedOrderBody, viewExportedOrder } from './order-view.js';

/** Few, since an order may have a hundred lines, which are read and written in one turn of the event loop. */
const ORDERS_AT_A_TIME = 50;

/** The orders, as a list of the exported document. */
export const orderList = exportedList({
  name: 'orders',
  body: exportedOrderBody,
  description: 'The latest first',
  pages: (readers: { readonly orders: OrderReader }) =>
    async function* (person) {
      for await (const page of orderPages(readers)(person, ORDERS_AT_A_TIME))
        yield page.map(viewExportedOrder);
    },
});
