import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { OrderFilter, OrderRepository } from '../../application/ports.js';
import { OPEN_STATUSES, skuKey, type Order } from '../../domain/order.js';

/** A row is an order with its lines. */
export const orderTable = memoryTable<Order>({
  name: 'orders',
  key: ({ id }) => id,
  unique: { orders_number_unique: ({ number }) => number },
});

const TAKEN = { orders_number_unique: () => failWrite('stale_write') };

const placedAt = ({ createdAt }: Order): number => createdAt.getTime();

const matches =
  ({ number, status, customerId, from, to, sku }: OrderFilter) =>
  (order: Order): boolean =>
    (number === undefined || order.number === number) &&
    (status === undefined || order.status === status) &&
    (customerId === undefined || order.customerId === customerId) &&
    (from === undefined || order.createdAt >= from) &&
    (to === undefined || order.createdAt < to) &&
    (sku === undefined || order.lines.some((line) => line.sku !== null && skuKey(line.sku) === skuKey(sku)));

export const memoryOrderRepository = (scope: MemoryScope): OrderRepository => {
  const orders = scope.table(orderTable);

  const list: OrderRepository['list'] = async (filter, page) => {
    const found = await orders.all(matches(filter));
    const rows = pageOfRows(found, { sort: placedAt, id: ({ id }) => id, direction: 'desc', page });
    return pageOf(rows, page.limit, (order) => ({ key: placedAt(order), id: order.id }));
  };

  return {
    find: (id) => orders.find(id),
    list,

    listHeads: async (filter, page) => {
      const { items, next } = await list(filter, page);
      return { items: items.map(({ id, status, createdAt }) => ({ id, status, createdAt })), next };
    },

    countPending: async (customerId, limit) => {
      const pending = await orders.all(matches({ customerId, status: 'pending' }));
      return Math.min(pending.length, limit);
    },

    hasOpen: async (customerId) => {
      const open = await orders.all(
        (order) => order.customerId === customerId && OPEN_STATUSES.includes(order.status),
      );
      return open.length > 0;
    },

    listOverdue: async (placedBefore, page) => {
      const found = await orders.all(matches({ status: 'pending', to: placedBefore }));
      const rows = pageOfRows(found, { sort: placedAt, id: ({ id }) => id, direction: 'asc', page });
      const { items, next } = pageOf(rows, page.limit, (order) => ({ key: placedAt(order), id: order.id }));
      return { items: items.map(({ id }) => id), next };
    },

    add: (order) => orders.insert(order, TAKEN),

    update: ({ id, version, status, shippingAddress, updatedAt }) =>
      updateVersion(orders, id, version, { status, shippingAddress, updatedAt }),

    // No process of an earlier version has written to this store.
    complete: () =>
      orders.updateWhere(
        () => false,
        (order) => order,
      ),

    removeAddresses: async (ids, at) => {
      for (const id of ids)
        await orders.update(id, (order) =>
          order.shippingAddress === null
            ? null
            : { ...order, shippingAddress: null, updatedAt: at, version: order.version + 1 },
        );
    },
  };
};
