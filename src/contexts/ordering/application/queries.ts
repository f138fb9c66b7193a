import { asAdministrator, isKey, manages, type Actor, type Manager } from '#src/kernel/actor.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { OrderId, CustomerId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { BulkCancellation, BulkCancellationId } from '../domain/bulk-cancellation.js';
import { fail } from '../domain/errors.js';
import { Order } from '../domain/order.js';
import type { BulkCancellationReader, Contact, Contacts, OrderFilter, OrderReader } from './ports.js';

/** Returns an order to its owner or a manager. Fails with `order_not_found` for every other caller. */
export const getOrder =
  ({ orders }: { orders: OrderReader }) =>
  async (by: Actor<'orders:read' | 'orders:write'>, id: OrderId): Promise<Order> => {
    const order = await orders.find(id);
    if (order === null || (order.customerId !== by.id && !manages(by))) throw fail('order_not_found');
    return order;
  };

/** The orders that the filter lets through, the latest first: of one customer to that customer, else to managers. Fails with `forbidden`. */
export const listOrders =
  ({ orders }: { orders: OrderReader }) =>
  async (by: Actor<'orders:read'>, filter: OrderFilter, page: PageRequest): Promise<Page<Order>> => {
    if (!isKey(by) && filter.customerId !== by.id) asAdministrator(by);
    return orders.list(filter, page);
  };

/** An order with its customer; null once the customer is erased, absent for callers who do not manage orders. */
export interface OrderDetails {
  readonly order: Order;
  readonly contact?: Contact | null;
}

interface WithContacts {
  readonly orders: OrderReader;
  readonly contacts: Contacts;
}

/** Like `getOrder`; managers also learn who the customer is. */
export const getOrderDetails =
  ({ orders, contacts }: WithContacts) =>
  async (by: Actor<'orders:read'>, id: OrderId): Promise<OrderDetails> => {
    const order = await getOrder({ orders })(by, id);
    if (!manages(by)) return { order };
    const found = await contacts.findAll([order.customerId]);
    return { order, contact: found.get(order.customerId) ?? null };
  };

export interface OrderSearch extends OrderFilter {
  /** Of the customer's account. */
  readonly email?: EmailAddress;
}

const NONE = { items: [], next: null };

/** The orders that the search lets through, with their customers, the latest first. */
export const searchOrders =
  ({ orders, contacts }: WithContacts) =>
  async (
    _by: Manager<'orders:read'>,
    { email, ...filter }: OrderSearch,
    page: PageRequest,
  ): Promise<Page<OrderDetails>> => {
    const customerId = email === undefined ? filter.customerId : await contacts.findByEmail(email);
    if (customerId === null) return NONE;
    if (filter.customerId !== undefined && filter.customerId !== customerId) return NONE;
    const { items, next } = await orders.list(
      { ...filter, ...(customerId !== undefined && { customerId }) },
      page,
    );
    const found = await contacts.findAll([...new Set(items.map((order) => order.customerId))]);
    return {
      items: items.map((order) => ({ order, contact: found.get(order.customerId) ?? null })),
      next,
    };
  };

/**
 * Reads a page of all orders of a customer, the latest first: an order is shown as it is when its page is read, and those that are
 * placed after the first page are not.
 */
export const orderPage =
  ({ orders }: { orders: OrderReader }) =>
  (customerId: CustomerId, page: PageRequest): Promise<Page<Order>> =>
    orders.list({ customerId }, page);

/** Returns what `placeOrder` returned for that order: what was ordered never changes, and orders are never removed. */
export const recallPlacement =
  ({ orders }: { orders: OrderReader }) =>
  async (id: OrderId): Promise<Order> => {
    const order = await orders.find(id);
    if (order === null) throw new Error(`order ${id} was placed and is gone`);
    return Order.asPlaced(order);
  };

interface Deps {
  readonly bulkCancellations: BulkCancellationReader;
}

/** Fails with `bulk_cancellation_not_found`. */
export const getBulkCancellation =
  ({ bulkCancellations }: Deps) =>
  async (_by: Manager, id: BulkCancellationId): Promise<BulkCancellation> => {
    const bulk = await bulkCancellations.find(id);
    if (bulk === null) throw fail('bulk_cancellation_not_found');
    return bulk;
  };

/** Lists bulk cancellations, the latest first. */
export const listBulkCancellations =
  ({ bulkCancellations }: Deps) =>
  (
    _by: Manager,
    filter: { readonly customerId?: CustomerId },
    page: PageRequest,
  ): Promise<Page<BulkCancellation>> =>
    bulkCancellations.list(filter, page);
