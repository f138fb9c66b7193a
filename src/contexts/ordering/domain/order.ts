import type { CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { fail } from './errors.js';
import { OrderNumber } from './order-number.js';
import type { OrderStatus } from './order-status.js';

export { ORDER_STATUSES, type OrderStatus } from './order-status.js';

/** A product as it was when it was ordered: later changes do not affect it. */
export interface OrderLine {
  readonly productId: ProductId;
  readonly sku: string | null;
  readonly name: string;
  readonly unitPrice: Money;
  readonly quantity: number;
}

/** Returns the key by which SKUs of ordered products are compared: letter case makes no difference. They are ASCII characters. */
export const skuKey = (sku: string): string => sku.toLowerCase();

export interface Order {
  readonly id: OrderId;
  /** What people call it; unique. */
  readonly number: OrderNumber;
  /** The customer; a pseudonym once the customer is erased. */
  readonly customerId: CustomerId;
  readonly status: OrderStatus;
  readonly lines: readonly OrderLine[];
  /** The sum of the lines. */
  readonly total: Money;
  readonly shippingAddress: PostalAddress | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The state machine: the next statuses of each status. */
const NEXT: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

interface Placement {
  readonly id: OrderId;
  readonly customerId: CustomerId;
  readonly lines: readonly OrderLine[];
  readonly shippingAddress: PostalAddress | null;
  /** What the customer has been shown; absent, any total will do. */
  readonly expectedTotal?: Money | undefined;
  readonly placedAt: Date;
  /** How often the order has been tried before: each attempt gives it another number. */
  readonly attempt?: number;
}

/** Fails with `cart_empty` without lines, and with `total_changed` if their total differs from the expected one. */
const place = ({
  id,
  customerId,
  lines,
  shippingAddress,
  expectedTotal,
  placedAt,
  attempt,
}: Placement): Order => {
  const [first] = lines;
  if (first === undefined) throw fail('cart_empty');
  const total = Money.sum(lines.map(lineTotal), first.unitPrice.currency);
  if (expectedTotal !== undefined && !Money.equals(total, expectedTotal)) {
    throw fail('total_changed', { expected: expectedTotal, actual: total });
  }
  return {
    id,
    number: OrderNumber.of(id, attempt),
    customerId,
    status: 'pending',
    lines,
    total,
    shippingAddress,
    version: 1,
    createdAt: placedAt,
    updatedAt: placedAt,
  };
};

const lineTotal = ({ unitPrice, quantity }: OrderLine): Money => Money.times(unitPrice, quantity);

/** Fails with `illegal_transition`, with the statuses among `open` to which the order could move. */
const moveTo = (
  order: Order,
  status: OrderStatus,
  at: Date,
  open: readonly OrderStatus[] = NEXT[order.status],
): Order => {
  if (!open.includes(status))
    throw fail('illegal_transition', { from: order.status, to: status, allowed: open });
  return { ...order, status, version: order.version + 1, updatedAt: at };
};

/** Returns the order as it was placed: its lines never change, and erasing its address also removes the stored replies. */
const asPlaced = (order: Order): Order => ({
  ...order,
  status: 'pending',
  version: 1,
  updatedAt: order.createdAt,
});

/** Returns the transitions open to the customer: cancel, while the order is pending. */
const openToCustomer = ({ status }: Order): readonly OrderStatus[] =>
  status === 'pending' ? ['cancelled'] : [];

/** Statuses of an order that is not settled with its customer: confirmed, or under way. */
export const OPEN_STATUSES: readonly OrderStatus[] = ['confirmed', 'shipped'];

const cancel = (order: Order, at: Date, open?: readonly OrderStatus[]): Order =>
  moveTo(order, 'cancelled', at, open);

/** Cancels an order and removes its personal data. Fails with `illegal_transition`. */
const cancelAndAnonymise = (order: Order, at: Date): Order => ({
  ...cancel(order, at),
  shippingAddress: null,
});

export const Order = { place, lineTotal, moveTo, cancel, cancelAndAnonymise, openToCustomer, asPlaced };
