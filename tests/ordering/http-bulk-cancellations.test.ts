import { expect } from 'chai';
import { PUBLISHED_EVENTS } from '#src/main/events.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { aSubscriber } from '../support/builders/outbox.js';
import { anOrder, anOrderLine } from '../support/builders/ordering.js';
import { eventually } from '../support/eventually.js';
import { anOrderedShopper, aProduct, expectProblem, stockOf } from '../support/shopping.js';
import { forEachShop, testShop, type ShopUnderTest } from '../support/test-shop.js';

const ABSENT = '0196f0a0-0000-7000-8000-000000000000';

const request = (shop: ShopUnderTest, json: object, headers: Readonly<Record<string, string>> = {}) =>
  shop.post('/orders/cancellations', { token: shop.adminToken, json, headers });

/** The cancellation once it has come to its end. */
const finished = (
  shop: ShopUnderTest,
  id: string,
): Promise<{ readonly status: string; readonly cancelled: number }> =>
  eventually(async () => {
    const { body } = await shop.get(`/orders/cancellations/${id}`, { token: shop.adminToken });
    return body.status === 'finished' ? (body as { status: string; cancelled: number }) : null;
  }, 'the end of the cancellation');

const statusOf = async (shop: ShopUnderTest, id: string): Promise<string> =>
  (await shop.get(`/orders/${id}`, { token: shop.adminToken })).body.status as string;

forEachShop((name, open) => {
  describe(`Pending orders that an administrator cancels by a filter on ${name}`, () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    it('Pending orders that an administrator cancels by a filter are those of a customer, all of them', async () => {
      const [ada, bob] = [await anOrderedShopper(shop), await anOrderedShopper(shop)];
      const orders = [ada.orderId];
      for (let each = 0; each < 3; each += 1) {
        await ada.shopper.put(ada.productId);
        orders.push((await ada.shopper.order()).body.id as string);
      }
      await shop.patch(`/orders/${orders[3] ?? ''}`, {
        token: shop.adminToken,
        json: { status: 'confirmed' },
      });
      const { status, headers, body } = await request(shop, { customerId: ada.shopper.id });
      const me = (await shop.get('/auth/me', { token: shop.adminToken })).body.id as string;
      expect(status).to.equal(202);
      expect(headers).to.include({ location: `/orders/cancellations/${body.id as string}` });
      expect(body).to.include({ status: 'running', cancelled: 0, customerId: ada.shopper.id, from: null });
      expect(body).to.include({ reason: 'requested', requestedBy: me, finishedAt: null });
      expect(await finished(shop, body.id as string)).to.include({ status: 'finished', cancelled: 3 });
      expect(await Promise.all(orders.map((id) => statusOf(shop, id)))).to.deep.equal([
        ...['cancelled', 'cancelled', 'cancelled', 'confirmed'],
      ]);
      expect(await stockOf(shop, ada.productId)).to.include({ quantity: 4, sum: 4 });
      expect(await statusOf(shop, bob.orderId)).to.equal('pending');
      const log = await shop.get(`/audit-log?subject=${ada.orderId}`, { token: shop.adminToken });
      const entries = log.body.items as readonly { action: string; actorId: string }[];
      expect(entries.map(({ action, actorId }) => [action, actorId])).to.deep.equal([
        ['order.cancelled', me],
      ]);
    });

    it('Pending orders that an administrator cancels by a filter are counted exactly when their customer cancels them at that moment', async () => {
      const { shopper, orderId, productId } = await anOrderedShopper(shop);
      const [{ body }, cancelled] = await Promise.all([
        request(shop, { customerId: shopper.id }),
        shopper.cancel(orderId),
      ]);
      expect(cancelled.status).to.equal(200);
      const { cancelled: count } = await finished(shop, body.id as string);
      expect(count).to.be.oneOf([0, 1]);
      expect(await statusOf(shop, orderId)).to.equal('cancelled');
      expect(await stockOf(shop, productId)).to.include({ quantity: 5, sum: 5 });
    });
  });
});

forEachShop((name, open) => {
  describe(`Pending orders that are cancelled in bulk on ${name}`, () => {
    it('Pending orders that are cancelled in bulk do not wait for a subscriber that fails', async () => {
      const shop = await open({
        overrides: {
          subscribers: () => [
            aSubscriber(() => Promise.reject(new Error('down')), { types: PUBLISHED_EVENTS }),
          ],
        },
      });
      const { shopper, productId } = await anOrderedShopper(shop);
      const { transact } = shop.storeOf('ordering');
      const order = { customerId: shopper.id as CustomerId, createdAt: new Date(Date.now() - 60_000) };
      const lines = [anOrderLine({ productId: productId as ProductId, quantity: 1 })];
      await transact(async ({ orders }) => {
        for (let each = 0; each < 60; each += 1) await orders.add(anOrder({ ...order, lines }));
      });
      const { body } = await request(shop, { customerId: shopper.id });
      expect(await finished(shop, body.id as string)).to.include({ cancelled: 61 });
      await shop.close();
    });
  });
});

describe('Pending orders that an administrator cancels by a filter', () => {
  let shop: ShopUnderTest;
  let time = Date.parse('2026-05-01T12:00:00Z');
  before(async () => {
    shop = await testShop({
      overrides: { now: () => () => new Date(time) },
      environment: { PENDING_ORDER_TTL: '0', ACCESS_TOKEN_TTL: '86400' },
    });
  });
  after(() => shop.close());

  it('Pending orders that an administrator cancels by a filter are those of a time, which begins with its first moment and ends before its last', async () => {
    const orders: string[] = [];
    const times: string[] = [];
    for (let each = 0; each < 4; each += 1) {
      time += 60_000;
      times.push(new Date(time).toISOString());
      orders.push((await anOrderedShopper(shop)).orderId);
    }
    time += 60_000;
    const cancel = async (json: object) => {
      const { body } = await request(shop, json);
      return (await finished(shop, body.id as string)).cancelled;
    };
    expect(await cancel({ from: times[1], to: times[2] })).to.equal(1);
    expect(await Promise.all(orders.map((id) => statusOf(shop, id)))).to.deep.equal([
      ...['pending', 'cancelled', 'pending', 'pending'],
    ]);
    expect(await cancel({ to: times[1] })).to.equal(1);
    expect(await cancel({ from: times[3] })).to.equal(1);
    expect(await statusOf(shop, orders[2] ?? '')).to.equal('pending');
    expect(await cancel({ from: times[3], to: times[3] })).to.equal(0);
  });

  it('Pending orders that an administrator cancels by a filter are those from before the request, whatever later time it names', async () => {
    const { orderId, shopper, productId } = await anOrderedShopper(shop);
    await shopper.put(productId);
    time += 60_000;
    const later = new Date(time + 3_600_000).toISOString();
    const next = (await shopper.order()).body.id as string;
    const { body } = await request(shop, { customerId: shopper.id, to: later });
    expect(body).to.include({ to: new Date(time).toISOString() });
    expect(await finished(shop, body.id as string)).to.include({ cancelled: 1 });
    expect([await statusOf(shop, orderId), await statusOf(shop, next)]).to.deep.equal([
      'cancelled',
      'pending',
    ]);
  });

  it('Pending orders that an administrator cancels by a filter are none without a condition, or by one that is none', async () => {
    for (const json of [
      {},
      { customerId: 'ada' },
      { from: 'yesterday' },
      { status: 'confirmed', customerId: ABSENT },
      { customerId: null },
    ])
      expectProblem(await request(shop, json), 422, 'invalid_body');
  });

  it('Pending orders that an administrator cancels by a filter are none of a time that ends before it begins, which is a mistake', async () => {
    const backwards = { from: '2026-05-02T00:00:00Z', to: '2026-05-01T00:00:00Z' };
    const refused = await request(shop, backwards);
    expectProblem(refused, 422, 'invalid_body');
    expect(refused.body.errors).to.deep.equal([
      { pointer: '/to', detail: 'The to must not be before from.' },
    ]);
  });

  it('Pending orders that an administrator cancels by a filter are cancelled by one request, however often it comes under its Idempotency-Key', async () => {
    const { shopper } = await anOrderedShopper(shop);
    const key = { 'Idempotency-Key': 'once' };
    const [first, again] = [
      await request(shop, { customerId: shopper.id }, key),
      await request(shop, { customerId: shopper.id }, key),
    ];
    expect(again.headers).to.include({
      'idempotent-replayed': 'true',
      location: first.headers['location'] ?? '',
    });
    expect(again.body).to.deep.equal(first.body);
    const list = await shop.get(`/orders/cancellations?customerId=${shopper.id}`, { token: shop.adminToken });
    expect(list.body.items).to.have.length(1);
    await finished(shop, first.body.id as string);
  });

  it('Pending orders that an administrator cancels by a filter can be looked at while they are cancelled and afterwards, the latest request first', async () => {
    const requested: string[] = [];
    for (let each = 0; each < 3; each += 1) {
      time += 1000;
      requested.unshift((await request(shop, { customerId: ABSENT })).body.id as string);
    }
    const path = `/orders/cancellations?customerId=${ABSENT}&limit=2`;
    const first = await shop.get(path, { token: shop.adminToken });
    const rest = await shop.get(`${path}&after=${first.body.nextCursor as string}`, {
      token: shop.adminToken,
    });
    const ids = [...first.body.items, ...rest.body.items].map(({ id }: { id: string }) => id);
    expect(ids).to.deep.equal(requested);
    expect(rest.body.nextCursor).to.equal(null);
    for (const id of [ABSENT, 'none', '%00'])
      expect((await shop.get(`/orders/cancellations/${id}`, { token: shop.adminToken })).status).to.equal(
        404,
      );
  });

  it('Pending orders that an administrator cancels by a filter have paths that are not taken for those of an order', async () => {
    const product = await aProduct(shop);
    expect((await shop.get('/orders/cancellations', { token: shop.adminToken })).body).to.have.property(
      'items',
    );
    expect((await shop.get(`/orders/${product}`, { token: shop.adminToken })).status).to.equal(404);
    expect(
      (await shop.patch('/orders/cancellations', { token: shop.adminToken, json: { status: 'cancelled' } }))
        .status,
    ).to.equal(405);
  });
});
