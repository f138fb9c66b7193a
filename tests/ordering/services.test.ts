import { expect } from 'chai';
import { endOverduePlacements } from '#src/contexts/ordering/application/end-overdue-placements.js';
import type { Reservations } from '#src/contexts/ordering/module.js';
import { DomainError } from '#src/kernel/errors.js';
import type { EventId } from '#src/kernel/events.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { newId } from '../support/builders/ids.js';
import { aPlacement } from '../support/builders/ordering.js';
import { gate, rejectionOf } from '../support/contract-tools.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient } from '../support/http-client.js';
import { testServices, type TestServices } from '../support/test-services.js';

/** As far apart as clocks may be, and longer than a reservation lasts. */
const MINUTES_5 = 300_000;
const [BEFORE, AFTER] = ['before its stock is reserved', 'after its stock is reserved'];
const AWAY = new DomainError('unavailable', 'service_unavailable', 'away');

describe('Ordering with the catalogue in another process', () => {
  let shop: TestServices;
  let http: HttpClient;
  let admin: { readonly token: string };
  let people = 0;
  /** What the transaction service does instead of calling the catalogue as it is. */
  let reservations: (original: Reservations) => Reservations;
  /** The clock of the product service is so much ahead. */
  let aheadMs: number;

  beforeEach(async () => {
    reservations = (original) => original;
    aheadMs = 0;
    shop = await testServices({
      environment: { PENDING_ORDERS_MAX: '2' },
      overrides: (name) => ({
        ...(name === 'transaction' && {
          reservations: (original) => {
            const there = original();
            if (there === null) throw new Error('the catalogue is in another process');
            return {
              reserve: (...given) => reservations(there).reserve(...given),
              release: (...given) => reservations(there).release(...given),
            };
          },
        }),
        ...(name === 'product' && { now: () => () => new Date(Date.now() + aheadMs) }),
      }),
    });
    http = client(shop.url, shop.http.openApi);
    admin = {
      token: (await http.post('/auth/login', { json: shop.administrator })).body.accessToken as string,
    };
  });
  afterEach(() => shop.close());

  const shopper = async () => {
    people += 1;
    const json = {
      name: 'Ada',
      email: `ada-${String(people)}@customers.test`,
      password: 'a long enough password',
    };
    const { body } = await http.post('/auth/signup', { json });
    return { id: body.user.id as string, token: body.accessToken as string };
  };
  const product = async (quantity: number): Promise<string> => {
    const json = { name: 'Mug', description: '', price: 5, quantity };
    return (await http.post('/products', { ...admin, json })).body.id as string;
  };
  const put = (who: { readonly token: string }, productId: string, quantity = 1) =>
    http.post('/cart', { ...who, json: { productId, quantity } });
  const order = (who: { readonly token: string }, json: object = {}, key?: string) =>
    http.post('/orders', { ...who, json, headers: key === undefined ? {} : { 'Idempotency-Key': key } });
  const cartOf = async (who: { readonly token: string }): Promise<Record<string, number>> => {
    const { body } = await http.get('/cart', who);
    const items = body.items as readonly {
      readonly product: { readonly id: string };
      readonly quantity: number;
    }[];
    return Object.fromEntries(items.map((item) => [item.product.id, item.quantity]));
  };
  const left = async (id: string): Promise<number> => {
    const levels = await shop.services.product.parts.contexts.catalog.queries.stock.levels([id as never]);
    return levels[0]?.quantity ?? NaN;
  };
  const ordersOf = async (who: {
    readonly token: string;
  }): Promise<readonly { id: string; status: string }[]> =>
    (await http.get('/orders/mine', who)).body.items as { id: string; status: string }[];
  const stateOf = async (id: string): Promise<string | undefined> =>
    (await shop.services.product.parts.contexts.catalog.queries.reservations.find(id as OrderId))?.state;
  const runChores = async (name: 'product' | 'transaction'): Promise<void> => {
    const { contexts } = shop.services[name].parts;
    for (const { run } of name === 'product' ? contexts.catalog.chores : contexts.ordering.chores)
      await run(() => false);
  };
  /** Ends every placement as the chore does once they have expired. */
  const endAll = async (): Promise<void> => {
    const { contexts, reservations: there } = shop.services.transaction.parts;
    if (there === null) throw new Error('the catalogue is in another process');
    await endOverduePlacements({
      transact: contexts.ordering.transact,
      placements: contexts.ordering.queries.placements,
      reservations: there,
      now: () => new Date(Date.now() + 3_600_000),
      onFailure: (_id, error) => {
        throw error as Error;
      },
    })(() => false);
  };

  const aFullCart = async (quantity = 3, wanted = 2) => {
    const [who, productId] = [await shopper(), await product(quantity)];
    await put(who, productId, wanted);
    return { who, productId };
  };

  it('An order takes the stock of the other process, and its event confirms the reservation', async () => {
    const { who, productId } = await aFullCart();
    const { status, body } = await order(who);
    expect({ status, state: body.status, total: body.totalPrice }).to.deep.equal({
      status: 201,
      state: 'pending',
      total: 10,
    });
    expect([await left(productId), await cartOf(who)]).to.deep.equal([1, {}]);
    await eventually(async () => (await stateOf(body.id as string)) === 'confirmed', 'the confirmation');
    aheadMs = MINUTES_5;
    await runChores('product');
    expect(await left(productId)).to.equal(1);
  });

  it('An order whose stock is short is refused with the lines, and the cart is as it was', async () => {
    const { who, productId } = await aFullCart(1, 2);
    const { status, body } = await order(who);
    expect({ status, code: body.code, lines: body.lines }).to.deep.equal({
      status: 409,
      code: 'out_of_stock',
      lines: [{ productId, requested: 2, available: 1 }],
    });
    expect([await left(productId), await cartOf(who), await ordersOf(who)]).to.deep.equal([
      1,
      { [productId]: 2 },
      [],
    ]);
  });

  it('An order of another total than expected is refused, and stock and cart are as they were', async () => {
    const { who, productId } = await aFullCart();
    const { status, body } = await order(who, { expectedTotal: 11 });
    expect([status, body.code, body.totalPrice]).to.deep.equal([409, 'total_changed', 10]);
    expect([await left(productId), await cartOf(who)]).to.deep.equal([3, { [productId]: 2 }]);
  });

  it('An order of an empty cart, of a disabled account or of one order too many is refused', async () => {
    const { who, productId } = await aFullCart(9, 1);
    expect((await order(await shopper())).body.code).to.equal('cart_empty');
    for (const expected of [201, 201, 409]) {
      await put(who, productId);
      expect((await order(who)).status).to.equal(expected);
    }
    expect((await order(who)).body.code).to.equal('too_many_pending_orders');
  });

  for (const moment of [BEFORE, AFTER])
    it(`An order of an account that is disabled ${moment} is not placed, and stock and cart are as they were`, async () => {
      const { who, productId } = await aFullCart();
      reservations = (original) => ({
        ...original,
        reserve: async (...given) => {
          const disable = () => http.patch(`/users/${who.id}`, { ...admin, json: { disabled: true } });
          if (moment === BEFORE) await disable();
          const lines = await original.reserve(...given);
          if (moment === AFTER) await disable();
          return lines;
        },
      });
      const { status, body } = await order(who);
      expect([status, body.code]).to.deep.equal([403, 'account_disabled']);
      expect(await left(productId)).to.equal(3);
      const { carts } = shop.services.transaction.parts.contexts.cart.queries;
      expect((await carts.find(who.id as never))?.lines).to.have.length(1);
    });

  it('An order that is being placed has the event that its account is disabled come again', async () => {
    const { who } = await aFullCart();
    const { persistence, receiveEvents } = shop.services.transaction.parts;
    const placement = aPlacement({ customerId: who.id as never });
    await persistence.transact(({ placements }) => placements.add(placement));
    const event: OutboxEvent = {
      ...{ id: newId<EventId>(), type: 'user.disabled', aggregateId: who.id as never },
      ...{ version: 2, sequence: 0, occurredAt: new Date(), data: {} },
    };
    expect(await rejectionOf(receiveEvents([event]))).to.match(/comes again/);
    await persistence.transact(({ placements }) => placements.take(placement.id));
    await receiveEvents([event]);
  });

  it('An order under one key is placed once, and its reply repeated', async () => {
    const { who, productId } = await aFullCart();
    const first = await order(who, {}, 'key-1');
    await put(who, productId);
    const again = await order(who, {}, 'key-1');
    expect([first.status, again.status, again.headers['idempotent-replayed']]).to.deep.equal([
      201,
      201,
      'true',
    ]);
    expect(again.body).to.deep.equal(first.body);
    expect([await left(productId), await cartOf(who)]).to.deep.equal([1, { [productId]: 1 }]);
  });

  it('An order under one key is placed once by six requests at once, the others are told to wait or get its reply', async () => {
    const { who, productId } = await aFullCart();
    const replies = await Promise.all(Array.from({ length: 6 }, () => order(who, {}, 'key-1')));
    for (const { status, body } of replies)
      if (status !== 201) expect([status, body.code]).to.deep.equal([409, 'request_in_progress']);
    expect(
      new Set(replies.flatMap(({ status, body }) => (status === 201 ? [body.id as string] : []))).size,
    ).to.equal(1);
    expect([await left(productId), (await ordersOf(who)).length]).to.deep.equal([1, 1]);
  });

  it('An order is placed by one of two tabs at once, the other finds an empty cart', async () => {
    const { who, productId } = await aFullCart();
    const replies = await Promise.all([order(who), order(who)]);
    expect(replies.map(({ status }) => status).sort()).to.deep.equal([201, 409]);
    expect(await left(productId)).to.equal(1);
  });

  it('An order is not placed while the catalogue is away, and the cart is as it was', async () => {
    const { who, productId } = await aFullCart();
    reservations = () => ({ reserve: () => Promise.reject(AWAY), release: () => Promise.reject(AWAY) });
    const { status, body } = await order(who);
    expect([status, body.code]).to.deep.equal([503, 'service_unavailable']);
    const { carts } = shop.services.transaction.parts.contexts.cart.queries;
    expect((await carts.find(who.id as never))?.lines.map((line) => line.quantity)).to.deep.equal([2]);
    reservations = (original) => original;
    expect([await left(productId), await cartOf(who)]).to.deep.equal([3, { [productId]: 2 }]);
  });

  it('An order whose reservation was made and not heard of is not placed, and the stock returns', async () => {
    const { who, productId } = await aFullCart();
    reservations = (original) => ({
      release: () => Promise.reject(AWAY),
      reserve: async (...given) => {
        await original.reserve(...given);
        throw AWAY;
      },
    });
    expect((await order(who)).status).to.equal(503);
    expect([await left(productId), await cartOf(who)]).to.deep.equal([1, { [productId]: 2 }]);
    aheadMs = MINUTES_5;
    await runChores('product');
    expect(await left(productId)).to.equal(3);
  });

  it('An order that was being placed when its process died ends: lines and stock return, once', async () => {
    const { who, productId } = await aFullCart();
    const never = new Promise<never>(() => undefined);
    const reserved = gate();
    reservations = (original) => ({
      ...original,
      reserve: async (...given) => {
        await original.reserve(...given);
        reserved.open();
        return never; // as if the process had died here
      },
    });
    void order(who).catch(() => undefined);
    await reserved.opened;
    expect([await left(productId), await cartOf(who)]).to.deep.equal([1, {}]);
    await put(who, productId, 1);
    await endAll();
    await endAll();
    expect([await left(productId), await cartOf(who)]).to.deep.equal([3, { [productId]: 3 }]);
    expect(await ordersOf(who)).to.deep.equal([]);
  });

  it('An order whose placement has ended before it could be stored is refused, and nothing is ordered', async () => {
    const { who, productId } = await aFullCart();
    reservations = (original) => ({
      ...original,
      reserve: async (...given) => {
        const lines = await original.reserve(...given);
        await endAll();
        return lines;
      },
    });
    const { status, body } = await order(who);
    expect([status, body.code]).to.deep.equal([503, 'placement_expired']);
    expect([await left(productId), await cartOf(who), await ordersOf(who)]).to.deep.equal([
      3,
      { [productId]: 2 },
      [],
    ]);
  });

  it('An order whose placement has ended before its stock is reserved is refused, and nothing is ordered', async () => {
    const { who, productId } = await aFullCart();
    reservations = (original) => ({
      ...original,
      reserve: async (...given) => {
        await endAll();
        return original.reserve(...given);
      },
    });
    const { status, body } = await order(who);
    expect([status, body.code]).to.deep.equal([503, 'placement_expired']);
    expect([await left(productId), await cartOf(who)]).to.deep.equal([3, { [productId]: 2 }]);
  });

  it('An order that was placed in the moment in which its placement was found to be overdue keeps its stock', async () => {
    const { who, productId } = await aFullCart();
    const { body } = await order(who);
    const released: OrderId[] = [];
    const { contexts } = shop.services.transaction.parts;
    await endOverduePlacements({
      transact: contexts.ordering.transact,
      placements: { listOverdue: () => Promise.resolve({ items: [body.id as OrderId], next: null }) },
      reservations: {
        release: (id) => {
          released.push(id);
          return Promise.resolve();
        },
      },
      now: () => new Date(),
      onFailure: (_id, error) => {
        throw error as Error;
      },
    })(() => false);
    expect([released, await left(productId), await cartOf(who)]).to.deep.equal([[], 1, {}]);
  });

  for (const isSold of [false, true])
    it(`An order whose reservation had lapsed ${isSold ? 'is cancelled if the stock is sold by then' : 'takes its stock again'}`, async () => {
      const { who, productId } = await aFullCart();
      reservations = (original) => ({
        ...original,
        reserve: async (...given) => {
          const lines = await original.reserve(...given);
          aheadMs = MINUTES_5;
          await runChores('product');
          if (isSold)
            await http.post(`/products/${productId}/stock-adjustments`, { ...admin, json: { delta: -2 } });
          return lines;
        },
      });
      const { status, body } = await order(who);
      expect(status).to.equal(201);
      const id = body.id as string;
      await eventually(
        async () => (await stateOf(id)) === (isSold ? 'cancelled' : 'confirmed'),
        'the outcome',
      );
      expect([(await ordersOf(who))[0]?.status, await left(productId)]).to.deep.equal(
        isSold ? ['cancelled', 1] : ['pending', 1],
      );
    });

  it('An order that is cancelled returns its stock once', async () => {
    const { who, productId } = await aFullCart();
    const { body } = await order(who);
    const cancel = () =>
      http.patch(`/orders/${body.id as string}`, { ...who, json: { status: 'cancelled' } });
    await Promise.all([cancel(), cancel()]);
    await eventually(async () => (await left(productId)) === 3, 'the returned stock');
    await eventually(async () => (await stateOf(body.id as string)) === 'cancelled', 'the state');
    expect(await left(productId)).to.equal(3);
  });

  it('An order counts as pending while it is being placed', async () => {
    const { who } = await aFullCart();
    const { transact } = shop.services.transaction.parts.persistence;
    const of = { customerId: who.id as never };
    for (const placement of [aPlacement(of), aPlacement(of)])
      await transact(({ placements }) => placements.add(placement));
    expect((await order(who)).body.code).to.equal('too_many_pending_orders');
  });
});
