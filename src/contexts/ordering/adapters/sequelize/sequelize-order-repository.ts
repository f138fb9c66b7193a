import { Op } from 'sequelize';
import type { OrderId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import { pageOf, type Page, type PageRequest } from '#src/kernel/page.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { readPage } from '#src/platform/database/lists.js';
import {
  findColumns,
  findRow,
  findRows,
  insertRow,
  insertRows,
  plus,
  updateRows,
  updateVersion,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { RowIn } from '#src/platform/database/tables.js';
import type { OrderFilter, OrderRepository } from '../../application/ports.js';
import { OPEN_STATUSES, type Order } from '../../domain/order.js';
import { orderTables } from './order-tables.js';

type OrderRow = RowIn<ReturnType<typeof orderTables>['orders']>;
type LineRow = RowIn<ReturnType<typeof orderTables>['lines']>;

const addressText = (address: PostalAddress | null): string | null => address && JSON.stringify(address);

const toRow = ({ lines: _lines, total, shippingAddress, ...order }: Order): OrderRow => ({
  ...order,
  currency: total.currency.code,
  totalMinor: total.minor,
  shippingAddress: addressText(shippingAddress),
});

const toLineRows = ({ id, lines }: Order): readonly LineRow[] =>
  lines.map(({ unitPrice, ...line }, index) => ({
    ...line,
    orderId: id,
    position: index + 1,
    unitPriceMinor: unitPrice.minor,
  }));

const toOrder = (row: OrderRow, lines: readonly LineRow[], shop: Currency): Order => {
  const { currency, totalMinor, shippingAddress, ...order } = row;
  // An order's currency never changes. A shop with another one can't interpret the amounts.
  if (currency !== shop.code)
    throw new Error(`order ${row.id} is in ${currency}, but the shop is in ${shop.code}`);
  return {
    ...order,
    lines: lines.map(({ orderId: _orderId, position: _position, unitPriceMinor, ...line }) => ({
      ...line,
      unitPrice: Money.of(unitPriceMinor, shop),
    })),
    total: Money.of(totalMinor, shop),
    shippingAddress: shippingAddress === null ? null : (JSON.parse(shippingAddress) as PostalAddress),
  };
};

const matching = ({ status, customerId, from, to }: OrderFilter) => ({
  equal: { ...(customerId && { customerId }), ...(status && { status }) },
  range: { from, to },
});

/** Stores orders. `currency` is the shop's: an order in any other is a bug and throws. */
export const sequelizeOrderRepository = (scope: SqlScope, currency: Currency): OrderRepository => {
  const { orders, lines } = orderTables(scope.sequelize);

  const complete = async (rows: readonly OrderRow[]): Promise<readonly Order[]> => {
    if (rows.length === 0) return [];
    const orderId = rows.map(({ id }) => id);
    const found = await findRows(lines, { where: { orderId }, order: [['position', 'ASC']] }, scope);
    const byOrder = new Map(rows.map(({ id }): [OrderId, LineRow[]] => [id, []]));
    for (const line of found) byOrder.get(line.orderId)?.push(line);
    return rows.map((row) => toOrder(row, byOrder.get(row.id) ?? [], currency));
  };

  const pageOfRows = async (
    filter: OrderFilter,
    direction: 'asc' | 'desc',
    page: PageRequest,
  ): Promise<Page<OrderRow>> => {
    const query = { ...matching(filter), sort: { column: 'createdAt', direction }, page } as const;
    const rows = await readPage(orders, query, scope);
    return pageOf(rows, page.limit, ({ id, createdAt }) => ({ key: createdAt.getTime(), id }));
  };

  return {
    find: async (id) => {
      const row = await findRow(orders, { id }, scope);
      const [order] = await complete(row === null ? [] : [row]);
      return order ?? null;
    },

    list: async (filter, page) => {
      const { items, next } = await pageOfRows(filter, 'desc', page);
      return { items: await complete(items), next };
    },

    listHeads: async (filter, page) => {
      const { items, next } = await pageOfRows(filter, 'desc', page);
      return { items: items.map(({ id, status, createdAt }) => ({ id, status, createdAt })), next };
    },

    countPending: async (customerId, limit) =>
      (await findRows(orders, { where: { customerId, status: 'pending' }, limit }, scope)).length,

    hasOpen: async (customerId) => {
      const where = { customerId, status: { [Op.in]: [...OPEN_STATUSES] } };
      return (await findColumns(orders, ['id'], { where, limit: 1 }, scope)).length > 0;
    },

    listOverdue: async (placedBefore, page) => {
      const { items, next } = await pageOfRows({ status: 'pending', to: placedBefore }, 'asc', page);
      return { items: items.map(({ id }) => id), next };
    },

    add: async (order) => {
      await insertRow(orders, toRow(order), scope);
      await insertRows(lines, toLineRows(order), scope);
    },

    update: ({ id, version, status, shippingAddress, updatedAt }) =>
      updateVersion(
        orders,
        { id, version },
        { status, shippingAddress: addressText(shippingAddress), updatedAt },
        scope,
      ),

    removeAddresses: async (ids, at) => {
      const changes = { shippingAddress: null, updatedAt: at, version: plus('version', 1, scope) };
      await updateRows(
        orders,
        changes,
        { id: { [Op.in]: [...ids] }, shippingAddress: { [Op.ne]: null } },
        scope,
      );
    },
  };
};
