import type { CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { BulkCancellation } from '#src/contexts/ordering/domain/bulk-cancellation.js';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import { Order, type OrderLine } from '#src/contexts/ordering/domain/order.js';
import type { Placement } from '#src/contexts/ordering/domain/placement.js';
import { newId } from './ids.js';

const USD: Currency = { code: 'USD', digits: 2 };

/** Its unit price in cents. */
export const anOrderLine = ({
  cents = 1250,
  ...line
}: Partial<Omit<OrderLine, 'unitPrice'>> & { readonly cents?: number } = {}): OrderLine => ({
  productId: newId<ProductId>(),
  sku: null,
  name: 'Teapot',
  unitPrice: Money.of(cents, USD),
  quantity: 2,
  ...line,
});

export const aShippingAddress = (address: Partial<PostalAddress> = {}): PostalAddress => ({
  name: null,
  line1: '12 Rose Lane',
  line2: null,
  city: 'Dublin',
  region: null,
  postalCode: 'D02 X285',
  country: 'IE',
  phone: null,
  ...address,
});

/** A bulk cancellation that has not begun, of one customer's orders. */
export const aBulkCancellation = (bulk: Partial<BulkCancellation> = {}): BulkCancellation => ({
  ...BulkCancellation.start(
    { id: newId(), reason: 'requested', customerId: newId(), requestedBy: newId() },
    bulk.createdAt ?? new Date('2026-03-01T12:00:00.000Z'),
  ),
  ...bulk,
});

/** Its total is that of its lines, whatever they are. */
export const anOrder = (order: Partial<Omit<Order, 'total'>> = {}): Order => {
  const lines = order.lines ?? [anOrderLine()];
  const createdAt = order.createdAt ?? new Date('2026-03-01T12:00:00.000Z');
  const id = order.id ?? newId<OrderId>();
  return {
    id,
    number: OrderNumber.of(id),
    customerId: newId<CustomerId>(),
    status: 'pending',
    lines,
    total: Money.sum(lines.map(Order.lineTotal), USD),
    shippingAddress: aShippingAddress(),
    version: 1,
    createdAt,
    updatedAt: createdAt,
    ...order,
  };
};

export const aPlacement = (placement: Partial<Placement> = {}): Placement => ({
  id: newId<OrderId>(),
  customerId: newId<CustomerId>(),
  keyId: null,
  lines: [{ productId: newId<ProductId>(), quantity: 2 }],
  shippingAddress: aShippingAddress(),
  expiresAt: new Date('2026-03-01T12:00:30.000Z'),
  ...placement,
});
