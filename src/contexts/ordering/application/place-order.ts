import type { Now } from '#src/kernel/clock.js';
import type { AddressId, CustomerId, NewId, OrderId } from '#src/kernel/ids.js';
import type { Money } from '#src/kernel/money.js';
import type { Work } from '#src/kernel/transact.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { fail } from '../domain/errors.js';
import { orderEvent } from '../domain/events.js';
import { Order } from '../domain/order.js';
import type { OrderingPorts, RequestKey } from './ports.js';

/** Step: fails with `too_many_pending_orders`. */
const requireRoom =
  ({ orders }: Pick<OrderingPorts, 'orders'>) =>
  async (customerId: CustomerId, limit: number): Promise<void> => {
    if ((await orders.countPending(customerId, limit)) >= limit)
      throw fail('too_many_pending_orders', { limit });
  };

export interface Checkout {
  /** An address written out, or the id of one in the address book, or neither: the default one, if any. */
  readonly address?: PostalAddress | AddressId | undefined;
  readonly expectedTotal?: Money | undefined;
}

/** Places an order; see `placeOrder` for its results. Prepares the work of one transaction. */
export type PlaceOrder = (
  customerId: CustomerId,
  checkout: Checkout,
  id?: OrderId,
  key?: RequestKey,
) => Work<OrderingPorts, Order> | Promise<Work<OrderingPorts, Order>>;

interface Deps {
  readonly newId: NewId;
  readonly now: Now;
  /** How many pending orders a customer may have; 0 for any number. */
  readonly maxPending: number;
}

/**
 * Turns the customer's cart into an order: lines taken out, stock taken, all or nothing. Fails with `cart_empty`,
 * `too_many_pending_orders`, `out_of_stock`, `total_changed`, `unknown_address`, `account_disabled` or
 * `email_not_verified`.
 */
export const placeOrder =
  ({ newId, now, maxPending }: Deps) =>
  (
    customerId: CustomerId,
    { address, expectedTotal }: Checkout,
    id = newId<OrderId>(),
  ): Work<OrderingPorts, Order> => {
    const placedAt = now(); // before the transaction, like the id: its work may run twice
    let attempts = 0;
    return async ({ buyers, addresses, carts, stock, orders, events }) => {
      await buyers.admit(customerId); // first: accounts are locked before customers
      const inBook = await addresses.choose(customerId, typeof address === 'string' ? address : undefined);
      const shippingAddress = typeof address === 'object' ? address : inBook;
      const wanted = await carts.checkOut(customerId);
      // Exact: the customer is locked, so their orders are placed one after the other. Before the stock, so that a refusal
      // locks none of it; after the cart, so that the second of two clicks gets `cart_empty`.
      if (maxPending > 0 && wanted.length > 0) await requireRoom({ orders })(customerId, maxPending);
      const lines = await stock.take(id, wanted);
      const attempt = attempts;
      attempts += 1;
      const order = Order.place({
        ...{ id, customerId, lines, shippingAddress, expectedTotal, placedAt, attempt },
      });
      await orders.add(order);
      await events.append(orderEvent(order));
      return order;
    };
  };
