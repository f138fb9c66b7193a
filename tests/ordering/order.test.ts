import { expect } from 'chai';
import { Money } from '#src/kernel/money.js';
import {
  Order,
  OPEN_STATUSES,
  ORDER_STATUSES,
  type OrderStatus,
} from '#src/contexts/ordering/domain/order.js';
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
  it('makes a pending one that costs the exact sum of its lines', () => {
    const given = placement();
    const { placedAt: _placedAt, ...rest } = given;
    expect(Order.place(given)).to.deep.equal({
      ...rest,
      status: 'pending',
      total: Money.of(6002, USD),
      version: 1,
      createdAt: NOON,
      updatedAt: NOON,
    });
  });

  it('is refused without lines', () => {
    expect(refusal(() => Order.place({ ...placement(), lines: [] })).code).to.equal('cart_empty');
  });

  it('is refused when it costs something else than the customer has seen, be it less', () => {
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
        it(`goes from ${from} to ${to}`, () => {
          const order = anOrder({ status: from });
          expect(Order.moveTo(order, to, LATER)).to.deep.equal({
            ...order,
            status: to,
            version: order.version + 1,
            updatedAt: LATER,
          });
        });
      } else {
        it(`does not go from ${from} to ${to}`, () => {
          expect(refusal(() => Order.moveTo(anOrder({ status: from }), to, LATER))).to.deep.include({
            code: 'illegal_transition',
            details: { from, to, allowed: ALLOWED[from] },
          });
        });
      }
    }
  }

  it('can be changed by customers only by cancelling, and only while it is pending', () => {
    const open = ORDER_STATUSES.map((status) => Order.openToCustomer(anOrder({ status })));
    expect(open).to.deep.equal([['cancelled'], [], [], [], []]);
  });

  it('is open while the shop still has to deal with the customer', () => {
    expect(OPEN_STATUSES).to.deep.equal(['confirmed', 'shipped']);
  });
});

describe('An order that is cancelled with its customer', () => {
  it('says what was bought and no longer where it was to go, in one change', () => {
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
