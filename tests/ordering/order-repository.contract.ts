import { expect } from 'chai';
import type { CustomerId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';
import type { PageRequest } from '#src/kernel/page.js';
import type { OrderFilter, OrderRepository } from '#src/contexts/ordering/application/ports.js';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import { ORDER_STATUSES, type Order } from '#src/contexts/ordering/domain/order.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, anOrderLine, aShippingAddress } from '../support/builders/ordering.js';
import { next, openedSubject, outcomeOnce, rejectionOf, tally, walk } from '../support/contract-tools.js';
import type { OpenSubject, Subject } from '../support/subject.js';

interface Ports {
  readonly orders: OrderRepository;
}

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const minutes = (after: number): Date => new Date(NOON + after * MINUTE);

const idsOf = (orders: readonly Order[]): readonly string[] => orders.map(({ id }) => id);

const place = ({ transact }: Subject<Ports>, ...orders: readonly Order[]): Promise<void> =>
  transact(async (ports) => {
    for (const order of orders) await ports.orders.add(order);
  });

/** The latest first; of two that were placed at the same moment the later id. */
const latestFirst = (orders: readonly Order[]): readonly Order[] =>
  orders.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1));

const storesOrders = (subject: () => Subject<Ports>): void => {
  it('A repository of orders returns null for a missing order', async () => {
    expect(await subject().outside.orders.find(newId())).to.equal(null);
  });

  it('A repository of orders reads back what was stored, whatever its characters and lengths', async () => {
    const long = (length: number): string => '🫖'.repeat(length);
    const orders = [
      anOrder({ shippingAddress: null }),
      anOrder({
        createdAt: new Date('2026-12-31T23:59:59.999Z'),
        updatedAt: new Date('2027-01-01T00:00:00.001Z'),
      }),
      anOrder({
        lines: [anOrderLine({ name: long(200), cents: 50_000_000_000, quantity: 999 })],
        shippingAddress: {
          name: long(120),
          line1: long(200),
          line2: long(200),
          city: long(120),
          region: long(120),
          postalCode: long(20),
          country: 'IE',
          phone: long(40),
        },
      }),
      anOrder({
        lines: [anOrderLine({ name: `it's "half"\\\n${String.fromCodePoint(1)} – ½ Teekanne`, cents: 0 })],
      }),
      ...ORDER_STATUSES.map((status) => anOrder({ status })),
    ];
    await place(subject(), ...orders);
    for (const order of orders) expect(await subject().outside.orders.find(order.id)).to.deep.equal(order);
  });

  it('A repository of orders keeps a hundred lines in their order', async () => {
    const order = anOrder({
      lines: Array.from({ length: 100 }, (_, n) => anOrderLine({ quantity: n + 1 })).reverse(),
    });
    await place(subject(), order);
    expect(await subject().outside.orders.find(order.id)).to.deep.equal(order);
  });

  it('A repository of orders stores status, address and time of a change as the next version, and never what was bought', async () => {
    const order = anOrder();
    await place(subject(), order);
    const changes = { status: 'cancelled', shippingAddress: null, updatedAt: minutes(7) } as const;
    const forged = { lines: [], total: Money.of(1, order.total.currency), customerId: newId<CustomerId>() };
    await subject().transact(({ orders }) => orders.update(next({ ...order, ...changes, ...forged })));
    expect(await subject().outside.orders.find(order.id)).to.deep.equal({ ...order, ...changes, version: 2 });
  });

  it('A repository of orders leaves nothing of a transaction that fails', async () => {
    const [kept, lost] = [anOrder(), anOrder()];
    await place(subject(), kept);
    const failing = subject().transact(async ({ orders }) => {
      await orders.add(lost);
      await orders.update(next({ ...kept, status: 'confirmed' }));
      throw new Error('and then this');
    });
    expect(await rejectionOf(failing)).to.equal('and then this');
    expect(await subject().outside.orders.find(lost.id)).to.equal(null);
    expect(await subject().outside.orders.find(kept.id)).to.deep.equal(kept);
    // Not even its lines: they would stand in the way of the order when it is placed after all.
    await place(subject(), lost);
    expect(await subject().outside.orders.find(lost.id)).to.deep.equal(lost);
  });

  it('A repository of orders shows a transaction its own writes', async () => {
    const order = anOrder();
    const seen = await subject().transact(async ({ orders }) => {
      await orders.add(order);
      await orders.update(next({ ...order, status: 'confirmed' }));
      const mine = await orders.list({ customerId: order.customerId }, { limit: 5, after: null });
      return [await orders.find(order.id), ...mine.items];
    });
    const written = { ...order, status: 'confirmed', version: 2 };
    expect(seen).to.deep.equal([written, written]);
  });

  it('A repository of orders does not take a second order of the same id', async () => {
    const order = anOrder();
    await place(subject(), order);
    await rejectionOf(place(subject(), { ...order, status: 'shipped' }));
    expect(await subject().outside.orders.find(order.id)).to.deep.equal(order);
  });
};

const numbersOrders = (subject: () => Subject<Ports>): void => {
  it('A repository of orders does not take a second order of the same number, which the work can give another one', async () => {
    const first = anOrder();
    const second = { ...anOrder(), number: first.number };
    await place(subject(), first);
    const outcome = await outcomeOnce(subject().transact, ({ orders }) => orders.add(second));
    expect(outcome).to.equal('stale_write');
    expect(await subject().outside.orders.find(second.id)).to.equal(null);
    let attempts = 0;
    await subject().transact(({ orders }) => {
      attempts += 1;
      return orders.add(attempts === 1 ? second : { ...second, number: OrderNumber.of(second.id, attempts) });
    });
    expect((await subject().outside.orders.find(second.id))?.number).to.equal(OrderNumber.of(second.id, 2));
  });

  it('A repository of orders finds an order by its number, if it meets the other conditions', async () => {
    const lines = [anOrderLine({ sku: 'POT-1' })];
    const [order, other] = [anOrder({ createdAt: minutes(3), lines }), anOrder({ createdAt: minutes(3) })];
    await place(subject(), order, other);
    const { orders } = subject().outside;
    const found = async (filter: OrderFilter): Promise<readonly Order[]> => {
      const page = await orders.list({ number: order.number, ...filter }, { limit: 5, after: null });
      expect(page.next).to.equal(null);
      return page.items;
    };
    for (const filter of [
      {},
      { customerId: order.customerId, status: 'pending', sku: 'pot-1' },
      { from: minutes(3), to: minutes(4) },
    ] as const)
      expect(await found(filter), JSON.stringify(filter)).to.deep.equal([order]);
    for (const filter of [
      { customerId: other.customerId },
      { status: 'shipped' },
      { from: minutes(4) },
      { to: minutes(3) },
      { sku: 'POT-2' },
    ] as const)
      expect(await found(filter), JSON.stringify(filter)).to.deep.equal([]);
    expect((await orders.list({ number: OrderNumber.of(newId()) }, { limit: 5, after: null })).items).to.be
      .empty;
    const after = { key: order.createdAt.getTime(), id: order.id };
    expect((await orders.list({ number: order.number }, { limit: 5, after })).items).to.deep.equal([]);
  });
};

const findsBySku = (subject: () => Subject<Ports>): void => {
  it('A repository of orders finds the orders with a line of a SKU, in any letter case', async () => {
    const customerId = newId<CustomerId>();
    const of = (minute: number, ...skus: readonly (string | null)[]): Order =>
      anOrder({ customerId, createdAt: minutes(minute), lines: skus.map((sku) => anOrderLine({ sku })) });
    const orders = [
      of(1, 'Cup-1'),
      of(2, null, 'CUP-1'),
      of(3, 'cup-10'),
      of(4, null),
      of(5, 'cup-1', 'tin'),
    ];
    await place(subject(), ...orders);
    const found = async (filter: OrderFilter): Promise<readonly number[]> => {
      const read = (page: PageRequest) => subject().outside.orders.list(filter, page);
      return idsOf(await walk(read, 2)).map((id) => idsOf(orders).indexOf(id));
    };
    expect(await found({ sku: 'cup-1' })).to.deep.equal([4, 1, 0]);
    expect(await found({ sku: 'CUP-1', customerId, to: minutes(5) })).to.deep.equal([1, 0]);
    expect(await found({ sku: 'cup-1', status: 'shipped' })).to.deep.equal([]);
    expect(await found({ sku: 'cup' })).to.deep.equal([]);
    expect(await found({ sku: 'cup_1' })).to.deep.equal([]);
  });

  it('A repository of orders reads past orders without a line of the SKU, and ends pages on the way', async () => {
    const sku = `RARE-${newId()}`;
    const lines = [anOrderLine({ sku })];
    const others = Array.from({ length: 250 }, (_, n) => anOrder({ createdAt: minutes(200 + (n % 40)) }));
    const rare = Array.from({ length: 130 }, (_, n) =>
      anOrder({ lines, createdAt: minutes(150 + (n % 50)) }),
    );
    await subject().transact(async ({ orders }) => {
      for (const order of [...others, ...rare]) await orders.add(order);
    });
    const read = (page: PageRequest) => subject().outside.orders.list({ sku }, page);
    expect(idsOf(await walk(read, 20))).to.deep.equal(idsOf(latestFirst(rare)));
  });
};

const decidesRaces = (subject: () => Subject<Ports>): void => {
  it('A repository of orders refuses an update of another version than the stored one, and of no order', async () => {
    const order = anOrder({ version: 3 });
    await place(subject(), order);
    const wrong = [{ ...order, version: 2 }, { ...order, version: 4 }, anOrder()];
    for (const each of wrong) {
      const outcome = await outcomeOnce(subject().transact, ({ orders }) => orders.update(next(each)));
      expect(outcome).to.equal('stale_write');
    }
    expect(await subject().outside.orders.find(order.id)).to.deep.equal(order);
  });

  it('A repository of orders lets one of twenty writers with the same version win', async () => {
    const order = anOrder();
    await place(subject(), order);
    const lineOf = (n: number): string => `${String(n)} Rose Lane`;
    const writers = Array.from({ length: 20 }, (_, n) =>
      outcomeOnce(subject().transact, ({ orders }) =>
        orders.update(next({ ...order, shippingAddress: aShippingAddress({ line1: lineOf(n) }) })),
      ),
    );
    const outcomes = await Promise.all(writers);
    expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
    const stored = await subject().outside.orders.find(order.id);
    expect(stored?.version).to.equal(2);
    expect(stored?.shippingAddress?.line1).to.equal(lineOf(outcomes.indexOf('done')));
  });
};

const listsOrders = (subject: () => Subject<Ports>): void => {
  const list = (filter: OrderFilter, page: Partial<PageRequest> = {}) =>
    subject().outside.orders.list(filter, { limit: 100, after: null, ...page });

  it('A repository of orders returns the orders that match every filter, the latest first', async () => {
    const [mine, other] = [newId<CustomerId>(), newId<CustomerId>()];
    const orders = [
      anOrder({ customerId: mine, createdAt: minutes(1), status: 'shipped' }),
      anOrder({ customerId: other, createdAt: minutes(2), status: 'shipped' }),
      anOrder({ customerId: mine, createdAt: minutes(3) }),
      anOrder({ customerId: mine, createdAt: minutes(4), status: 'shipped' }),
      anOrder({ customerId: other, createdAt: minutes(5) }),
    ];
    await place(subject(), ...orders);
    const found = async (filter: OrderFilter): Promise<readonly number[]> =>
      idsOf((await list(filter)).items)
        .map((id) => idsOf(orders).indexOf(id))
        .filter((at) => at >= 0);
    expect(await found({})).to.deep.equal([4, 3, 2, 1, 0]);
    expect(await found({ customerId: mine })).to.deep.equal([3, 2, 0]);
    expect(await found({ status: 'shipped' })).to.deep.equal([3, 1, 0]);
    expect(await found({ from: minutes(2) })).to.deep.equal([4, 3, 2, 1]);
    expect(await found({ to: minutes(4) })).to.deep.equal([2, 1, 0]);
    expect(await found({ from: minutes(2), to: minutes(4) })).to.deep.equal([2, 1]);
    expect(await found({ from: minutes(1), to: minutes(1) })).to.deep.equal([]);
    expect(await found({ customerId: mine, status: 'shipped', from: minutes(2) })).to.deep.equal([3]);
    expect(await found({ customerId: newId() })).to.deep.equal([]);
  });

  it('A repository of orders returns whole orders, each with its own lines', async () => {
    const customerId = newId<CustomerId>();
    const orders = [1, 2, 3].map((count) =>
      anOrder({
        customerId,
        lines: Array.from({ length: count }, () => anOrderLine()),
        createdAt: minutes(count),
      }),
    );
    await place(subject(), ...orders);
    expect((await list({ customerId })).items).to.deep.equal(orders.toReversed());
  });

  it('A repository of orders counts the pending orders of one customer, up to a limit', async () => {
    const [mine, other] = [newId<CustomerId>(), newId<CustomerId>()];
    await place(
      subject(),
      ...ORDER_STATUSES.map((status) => anOrder({ customerId: mine, status })),
      anOrder({ customerId: mine }),
      anOrder({ customerId: mine }),
      anOrder({ customerId: other }),
    );
    const counts = [1, 2, 3, 4, 50].map((limit) => subject().outside.orders.countPending(mine, limit));
    expect(await Promise.all(counts)).to.deep.equal([1, 2, 3, 3, 3]);
    expect(await subject().outside.orders.countPending(newId(), 5)).to.equal(0);
  });

  it('A repository of orders knows whether an order of a customer is confirmed or shipped', async () => {
    for (const status of ORDER_STATUSES) {
      const customerId = newId<CustomerId>();
      await place(subject(), anOrder({ customerId, status }), anOrder({ customerId }));
      const isOpen = await subject().outside.orders.hasOpen(customerId);
      expect(isOpen, status).to.equal(status === 'confirmed' || status === 'shipped');
    }
    expect(await subject().outside.orders.hasOpen(newId())).to.equal(false);
  });

  it('A repository of orders removes the addresses of orders that have one, each as its next version, and leaves others alone', async () => {
    const addressed = [
      anOrder({ shippingAddress: aShippingAddress() }),
      anOrder({ shippingAddress: aShippingAddress() }),
    ];
    const [bare, other] = [
      anOrder({ shippingAddress: null }),
      anOrder({ shippingAddress: aShippingAddress() }),
    ];
    await place(subject(), ...addressed, bare, other);
    const ids = [...addressed, bare].map(({ id }) => id);
    const remove = () => subject().transact(({ orders }) => orders.removeAddresses(ids, minutes(5)));
    await remove();
    await remove();
    await subject().transact(({ orders }) => orders.removeAddresses([], minutes(5)));
    const { orders } = subject().outside;
    expect(await Promise.all(addressed.map(({ id }) => orders.find(id)))).to.deep.equal(
      addressed.map((order) => ({ ...order, shippingAddress: null, version: 2, updatedAt: minutes(5) })),
    );
    expect([await orders.find(bare.id), await orders.find(other.id)]).to.deep.equal([bare, other]);
  });

  it('A repository of orders counts what the transaction itself has placed and cancelled', async () => {
    const customerId = newId<CustomerId>();
    const order = anOrder({ customerId });
    await place(subject(), order);
    const counted = await subject().transact(async ({ orders }) => {
      await orders.add(anOrder({ customerId }));
      await orders.add(anOrder({ customerId }));
      await orders.update(next({ ...order, status: 'cancelled' }));
      return orders.countPending(customerId, 5);
    });
    expect(counted).to.equal(2);
  });

  it('A repository of orders lists the pending orders that were placed before a time, the earliest first', async () => {
    // Long before the orders of the other tests.
    const at = (n: number): Date => minutes(n - 10_000);
    const overdue = [0, 0, 1, 2, 2].map((n) => anOrder({ createdAt: at(n) }));
    const others = [
      ...ORDER_STATUSES.filter((status) => status !== 'pending').map((status) =>
        anOrder({ status, createdAt: at(0) }),
      ),
      anOrder({ createdAt: at(3) }),
    ];
    await place(subject(), ...overdue, ...others);
    const expected = idsOf(latestFirst(overdue).toReversed());
    const { orders } = subject().outside;
    for (const limit of [1, 2, 100])
      expect(await walk((page) => orders.listOverdue(at(3), page), limit)).to.deep.equal(expected);
    expect(await walk((page) => orders.listOverdue(at(2), page), 2)).to.deep.equal(expected.slice(0, 3));
    expect((await orders.listOverdue(at(0), { limit: 1, after: null })).items).to.deep.equal([]);
  });

  it('A repository of orders lists the heads of the same orders in the same order', async () => {
    const customerId = newId<CustomerId>();
    const there = Array.from({ length: 7 }, (_, n) =>
      anOrder({ customerId, status: n % 2 === 0 ? 'pending' : 'delivered', createdAt: minutes(n % 3) }),
    );
    await place(subject(), ...there, anOrder());
    const { orders } = subject().outside;
    for (const filter of [{ customerId }, { customerId, status: 'pending' }] as const) {
      const whole = await walk((page) => orders.list(filter, page), 2);
      const heads = await walk((page) => orders.listHeads(filter, page), 2);
      expect(heads).to.deep.equal(whole.map(({ id, status, createdAt }) => ({ id, status, createdAt })));
    }
  });

  it('A repository of orders marks the last page, also when it is full', async () => {
    const customerId = newId<CustomerId>();
    await place(subject(), anOrder({ customerId }), anOrder({ customerId }));
    const [two, one] = [await list({ customerId }, { limit: 2 }), await list({ customerId }, { limit: 1 })];
    expect(two.next).to.equal(null);
    expect(one.next).to.deep.equal({ key: NOON, id: one.items[0]?.id });
    expect((await list({ customerId }, { limit: 1, after: one.next })).next).to.equal(null);
  });

  for (const [title, filter] of [
    ['all orders', {}],
    ['those of a status', { status: 'pending' }],
    ['those of a time', { from: minutes(-100), to: minutes(100) }],
  ] as const) {
    it(`A repository of orders lists without a repetition or a gap while orders come and change: ${title}`, async () => {
      const customerId = newId<CustomerId>();
      // Seven to a minute, so that most pages end among orders of the same moment.
      const at = (n: number): Date => minutes(Math.floor(n / 7));
      const there = Array.from({ length: 30 }, (_, n) => anOrder({ customerId, createdAt: at(n) }));
      await place(subject(), ...there);
      const pageOf = (page: PageRequest) => list({ ...filter, customerId }, page);
      const walked = await walk(pageOf, 4, async (read) => {
        // Some come before the position and some behind it; one that has not been reached changes its version.
        const come = [3 * read, 3 * read + 10, 3 * read + 20].map((n) =>
          anOrder({ customerId, createdAt: at(n) }),
        );
        await place(subject(), ...come);
        const changed = there[read];
        if (changed !== undefined)
          await subject().transact(({ orders }) =>
            orders.update(next({ ...changed, updatedAt: minutes(99) })),
          );
      });
      const ids = idsOf(walked);
      expect(new Set(ids).size, 'repeated').to.equal(ids.length);
      expect(ids).to.include.members(idsOf(there));
      expect(ids).to.deep.equal(idsOf(latestFirst(walked)));
    });
  }
};

/** What every repository of orders promises, on whatever store. */
export const orderRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  describe(`The repository of orders on ${name}`, () => {
    describe('with connections enough', () => {
      const subject = openedSubject(open, 20);
      storesOrders(subject);
      numbersOrders(subject);
      decidesRaces(subject);
    });
    describe('as a list', () => {
      listsOrders(openedSubject(open, 3));
      findsBySku(openedSubject(open, 3));
    });
    describe('with one connection', () => {
      const subject = openedSubject(open, 1);
      storesOrders(subject);
      it('A repository of orders with one connection refuses a stale write', async () => {
        const stale = outcomeOnce(subject().transact, ({ orders }) => orders.update(next(anOrder())));
        expect(await stale).to.equal('stale_write');
      });
    });
  });
};
