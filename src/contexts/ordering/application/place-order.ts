import type { Now } from '../../../kernel/clock.js';
import type { AddressId, CustomerId, NewId, OrderId } from '../../../kernel/ids.js';
import type { Money } from '../../../kernel/money.js';
import type { Transact } from '../../../kernel/transact.js';
import { orderEvent } from '../domain/events.js';
import { Order, type ShippingAddress } from '../domain/order.js';
import type { OrderingPorts } from './ports.js';

export interface Checkout {
  /** An address written out, or the id of one in the address book, or neither: the default one, if any. */
  readonly address?: ShippingAddress | AddressId | undefined;
  readonly expectedTotal?: Money | undefined;
}

/**
 * Turns the customer's cart into an order: lines taken out, stock taken, all or nothing. Fails with `cart_empty`,
 * `out_of_stock`, `total_changed`, `unknown_address` or `email_not_verified`.
 */
export const placeOrder =
  ({ transact, newId, now }: { transact: Transact<OrderingPorts>; newId: NewId; now: Now }) =>
  (customerId: CustomerId, { address, expectedTotal }: Checkout): Promise<Order> => {
    const id = newId<OrderId>(); // before the transaction: its work may run twice
    const placedAt = now();
    return transact(async ({ buyers, addresses, carts, stock, orders, events }) => {
      if (buyers !== null) await buyers.admit(customerId); // first: accounts are locked before customers
      const inBook = await addresses.choose(customerId, typeof address === 'string' ? address : undefined);
      const shippingAddress = typeof address === 'object' ? address : inBook;
      const lines = await stock.take(id, await carts.checkOut(customerId));
      const order = Order.place({ id, customerId, lines, shippingAddress, expectedTotal, placedAt });
      await orders.add(order);
      await events.append(orderEvent(order));
      return order;
    });
  };
