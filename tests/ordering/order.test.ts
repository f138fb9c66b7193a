import { expect } from 'chai';
import {
  BulkCancellation,
  type BulkCancellationId,
} from '#src/contexts/ordering/domain/bulk-cancellation.js';
import { bulkCancellationEvent, orderEvent } from '#src/contexts/ordering/domain/events.js';
import { Money } from '#src/kernel/money.js';
import {
  Order,
  OPEN_STATUSES,
  ORDER_STATUSES,
  type OrderStatus,
} from '#src/contexts/ordering/domain/order.js';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, anOrderLine, aShippingAddress } from '../support/builders/ordering.js';
import { refusal } from '../support/contract-tools.js';

const USD = { code: 'USD', digits: 2 };
const NOON = new Date('2026-03-01T12:00:00.000Z');
const LATER = new Date('2026-03-01T13:00:00.000Z');

const placement = () => ({
  id: newId<Order['id']>(),
  customerId: newId<Order['customerId']>(),
  lines: [anOrderLine({ cents: 1999, quantity: 3 }), anOrderLine({ cents: 5, quantity: 1 })],
  shippingAddress: aShippingAddress(),
  placedAt: NOON,
});

describe('Placing an order', () => {
  it('Placing an order makes a pending one that costs the exact sum of its lines', () => {
    const given = placement();
    const { placedAt: _placedAt, ...rest } = given;
    expect(Order.place(given)).to.deep.equal({
      ...rest,
      number: OrderNumber.of(given.id),
      status: 'pending',
      total: Money.of(6002, USD),
      version: 1,
      createdAt: NOON,
      updatedAt: NOON,
    });
  });

  it('Placing an order is refused without lines', () => {
    expect(refusal(() => Order.place({ ...placement(), lines: [] })).code).to.equal('cart_empty');
  });

  it('Placing an order is refused when it costs something else than the customer has seen, be it less', () => {
    expect(Order.place({ ...placement(), expectedTotal: Money.of(6002, USD) }).total.minor).to.equal(6002);
    for (const cents of [6001, 6003, 0]) {
      const refused = refusal(() => Order.place({ ...placement(), expectedTotal: Money.of(cents, USD) }));
      expect(refused).to.deep.include({
        code: 'total_changed',
        details: { expected: Money.of(cents, USD), actual: Money.of(6002, USD) },
      });
    }
  });
});

describe('An order as it was placed', () => {
  it('An order as it was placed is pending again, in its first version, at the time of placing', () => {
    const placed = Order.place(placement());
    const shipped = Order.moveTo(Order.moveTo(placed, 'confirmed', LATER), 'shipped', LATER);
    expect(Order.asPlaced(shipped)).to.deep.equal(placed);
  });
});

describe('The status of an order', () => {
  const ALLOWED: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
    pending: ['confirmed', 'cancelled'],
    confirmed: ['shipped', 'cancelled'],
    shipped: ['delivered'],
    delivered: [],
    cancelled: [],
  };

  for (const from of ORDER_STATUSES) {
    for (const to of ORDER_STATUSES) {
      if (ALLOWED[from].includes(to)) {
        it(`The status of an order goes from ${from} to ${to}`, () => {
          const order = anOrder({ status: from });
          expect(Order.moveTo(order, to, LATER)).to.deep.equal({
            ...order,
            status: to,
            version: order.version + 1,
            updatedAt: LATER,
          });
        });
      } else {
        it(`The status of an order does not go from ${from} to ${to}`, () => {
          expect(refusal(() => Order.moveTo(anOrder({ status: from }), to, LATER))).to.deep.include({
            code: 'illegal_transition',
            details: { from, to, allowed: ALLOWED[from] },
          });
        });
      }
    }
  }

  it('The status of an order can be changed by customers only by cancelling, and only while it is pending', () => {
    const open = ORDER_STATUSES.map((status) => Order.openToCustomer(anOrder({ status })));
    expect(open).to.deep.equal([['cancelled'], [], [], [], []]);
  });

  it('The status of an order is open while the shop still has to deal with the customer', () => {
    expect(OPEN_STATUSES).to.deep.equal(['confirmed', 'shipped']);
  });
});

describe('An order that is cancelled with its customer', () => {
  it('An order that is cancelled with its customer keeps its lines and loses its address, in one change', () => {
    const order = anOrder({ status: 'pending', version: 4 });
    expect(Order.cancelAndAnonymise(order, LATER)).to.deep.equal({
      ...order,
      status: 'cancelled',
      shippingAddress: null,
      version: 5,
      updatedAt: LATER,
    });
  });
});

describe('A bulk cancellation', () => {
  const id = newId<BulkCancellationId>();

  it('A bulk cancellation begins with no order cancelled and without conditions that were not given', () => {
    expect(BulkCancellation.start({ id, reason: 'user_disabled' }, NOON)).to.deep.equal({
      id,
      reason: 'user_disabled',
      ...{ customerId: null, from: null, to: null, requestedBy: null, after: null, finishedAt: null },
      ...{ cancelled: 0, version: 1, createdAt: NOON, updatedAt: NOON },
    });
  });

  it('A bulk cancellation leaves orders that are placed after its request alone', () => {
    const until = (to: Date | null) => BulkCancellation.start({ id, reason: 'requested', to }, NOON).to;
    const earlier = new Date(NOON.getTime() - 1);
    expect([null, earlier, NOON, LATER].map(until)).to.deep.equal([NOON, earlier, NOON, NOON]);
  });

  it('A bulk cancellation goes on where a batch has ended, and is finished when that is nowhere', () => {
    const bulk = BulkCancellation.start({ id, reason: 'requested' }, NOON);
    const after = { key: 1, id: newId() };
    const next = BulkCancellation.advance(bulk, after, LATER);
    expect(next).to.deep.equal({ ...bulk, after, version: 2, updatedAt: LATER });
    const last = BulkCancellation.advance(next, null, LATER);
    expect(last).to.deep.equal({ ...next, after: null, version: 3, finishedAt: LATER });
    expect([bulk, next].map(bulkCancellationEvent)).to.deep.equal([
      { type: 'bulk_cancellation.started', aggregateId: id, version: 1, occurredAt: NOON, data: {} },
      { type: 'bulk_cancellation.continued', aggregateId: id, version: 2, occurredAt: LATER, data: {} },
    ]);
  });
});

describe('The event of an order', () => {
  for (const status of ORDER_STATUSES)
    it(`The event of an order tells whose order has come to its status: ${status}`, () => {
      const { id, customerId, version, updatedAt } = anOrder({ status });
      expect(orderEvent(anOrder({ id, customerId, status, version, updatedAt }))).to.deep.equal({
        type: `order.${status === 'pending' ? 'placed' : status}`,
        aggregateId: id,
        version,
        occurredAt: updatedAt,
        data: { customerId },
      });
    });
});
