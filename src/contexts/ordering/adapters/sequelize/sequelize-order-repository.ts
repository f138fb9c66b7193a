import { Op } from 'sequelize';
import type { OrderId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import { failWrite } from '#src/kernel/errors.js';
import { pageOf, type Page, type PageRequest } from '#src/kernel/page.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { readFiltered, type Lead } from '#src/platform/database/filtered-lists.js';
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
  type Sql,
  type Where,
} from '#src/platform/database/rows.js';
import { requireTransaction, type SqlScope } from '#src/platform/database/scope.js';
import { selectFrom } from '#src/platform/database/statements.js';
import { columnsOf, type RowIn } from '#src/platform/database/tables.js';
import type { OrderFilter, OrderRepository } from '../../application/ports.js';
import { OPEN_STATUSES, skuKey, type Order } from '../../domain/order.js';
import { OrderNumber } from '../../domain/order-number.js';
import { orderTables } from './order-tables.js';

type OrderRow = RowIn<ReturnType<typeof orderTables>['orders']>;
type LineRow = RowIn<ReturnType<typeof orderTables>['lines']>;

const TAKEN = { orders_number_unique: () => failWrite('stale_write') };

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
    skuKey: line.sku === null ? null : skuKey(line.sku),
    orderId: id,
    position: index + 1,
    unitPriceMinor: unitPrice.minor,
  }));

const toOrder = (row: OrderRow, lines: readonly LineRow[], shop: Currency): Order => {
  const { number, currency, totalMinor, shippingAddress, ...order } = row;
  // An order's currency never changes. A shop with another one can't interpret the amounts.
  if (currency !== shop.code)
    throw new Error(`order ${row.id} is in ${currency}, but the shop is in ${shop.code}`);
  return {
    ...order,
    number: number ?? OrderNumber.of(row.id),
    lines: lines.map(({ orderId: _orderId, position: _position, skuKey: _key, unitPriceMinor, ...line }) => ({
      ...line,
      unitPrice: Money.of(unitPriceMinor, shop),
    })),
    total: Money.of(totalMinor, shop),
    shippingAddress: shippingAddress === null ? null : (JSON.parse(shippingAddress) as PostalAddress),
  };
};

type Heads = Omit<OrderFilter, 'number' | 'sku'>;

const matching = ({ status, customerId, from, to }: Heads) => ({
  equal: { ...(customerId && { customerId }), ...(status && { status }) },
  range: { from, to },
});

const inPeriod = ({ from, to }: OrderFilter): Where<OrderRow> => ({
  [Op.and]: [
    from === undefined ? {} : { createdAt: { [Op.gte]: from } },
    to === undefined ? {} : { createdAt: { [Op.lt]: to } },
  ],
});

const hasSku =
  (sku: string) =>
  ({ lines }: Order): boolean =>
    lines.some((line) => line.sku !== null && skuKey(line.sku) === skuKey(sku));

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

  /** Returns the order of that number, if it meets the other conditions. */
  const byNumber = async (
    { number, sku, ...others }: OrderFilter & { readonly number: OrderNumber },
    { after }: PageRequest,
  ): Promise<Page<Order>> => {
    const where = { [Op.and]: [{ number }, matching(others).equal, inPeriod(others)] };
    const found = after === null ? await complete(await findRows(orders, { where, limit: 1 }, scope)) : [];
    return { items: sku === undefined ? found : found.filter(hasSku(sku)), next: null };
  };

  /** Returns a page of the orders with a line of a SKU, which may be few of those that the list leads to. */
  const bySku = async (
    { sku, ...others }: Heads & { readonly sku: string },
    page: PageRequest,
  ): Promise<Page<OrderRow>> => {
    const key = skuKey(sku);
    const lead: Lead = (limit) =>
      selectFrom(lines, ['orderId'], {
        where: { skuKey: key },
        order: [['orderId', 'asc']],
        ...(limit !== undefined && { limit }),
      });
    // Counted, not EXISTS, which MariaDB would turn into a join that begins with all lines of the SKU.
    const where: Sql = (bind) =>
      `(SELECT COUNT(*) FROM ${lines.names.table} WHERE ${lines.names.qualified('orderId')} = ` +
      `${orders.names.qualified('id')} AND ${lines.names.qualified('skuKey')} = ${bind(key)}) > 0`;
    const sort = { column: 'createdAt', direction: 'desc' } as const;
    return readFiltered(
      orders,
      columnsOf(orders),
      { ...matching(others), where, leads: [lead], sort, page },
      scope,
    );
  };

  const pageOfRows = async (
    filter: Heads,
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

    list: async ({ number, sku, ...filter }, page) => {
      if (number !== undefined)
        return byNumber({ number, ...filter, ...(sku !== undefined && { sku }) }, page);
      const { items, next } = await (sku === undefined
        ? pageOfRows(filter, 'desc', page)
        : bySku({ sku, ...filter }, page));
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
      await insertRow(orders, toRow(order), scope, TAKEN);
      await insertRows(lines, toLineRows(order), scope);
    },

    update: ({ id, version, status, shippingAddress, updatedAt }) =>
      updateVersion(
        orders,
        { id, version },
        { status, shippingAddress: addressText(shippingAddress), updatedAt },
        scope,
      ),

    complete: async (limit, attempt) => {
      requireTransaction('completion of orders', scope);
      const query = { where: { number: null }, limit };
      const ids = (await findColumns(orders, ['id'], query, scope)).map(({ id }) => id).sort();
      if (ids.length === 0) return 0;
      const key: Sql = () => `LOWER(${lines.names.quote('sku')})`;
      await updateRows(lines, { skuKey: key }, { orderId: ids }, scope);
      for (const id of ids)
        await updateRows(orders, { number: OrderNumber.of(id, attempt) }, { id, number: null }, scope, TAKEN);
      return ids.length;
    },

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
