import { expect } from 'chai';
import { PUBLISHED_EVENTS } from '#src/main/events.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { aSubscriber } from '../support/builders/outbox.js';
import { gate, tally } from '../support/contract-tools.js';
import { eventually } from '../support/eventually.js';
import { aProduct, aShopper, anOrderedShopper } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

forEachShop((name, open) => {
  describe(`Events on ${name}`, () => {
    let shop: ShopUnderTest;
    let told: OutboxEvent[];
    beforeEach(async () => {
      told = [];
      shop = await open({
        overrides: {
          subscribers: () => [
            aSubscriber(
              (event) => {
                told.push(event);
                return Promise.resolve();
              },
              { types: PUBLISHED_EVENTS },
            ),
          ],
        },
      });
    });
    afterEach(() => shop.close());

    const admin = () => ({ token: shop.adminToken });
    const of = (kind: string, id: string) =>
      told.filter(({ type, aggregateId }) => type.startsWith(`${kind}.`) && aggregateId === id);
    /** What was told of an aggregate, once as much of it has arrived: `created 1`. */
    const heard = async (kind: string, id: string, count: number): Promise<readonly string[]> => {
      await eventually(() => of(kind, id).length >= count, `${count} events of ${kind} ${id}`);
      return of(kind, id).map(({ type, version }) => `${type.slice(kind.length + 1)} ${String(version)}`);
    };
    const advance = (orderId: string, status: string) =>
      shop.patch(`/orders/${orderId}`, { ...admin(), json: { status } });

    it('Events report an order from its placing to its delivery', async () => {
      const { shopper, orderId } = await anOrderedShopper(shop);
      for (const status of ['confirmed', 'confirmed', 'shipped', 'delivered'])
        expect((await advance(orderId, status)).status).to.equal(200);
      expect((await advance(orderId, 'shipped')).status).to.equal(409);
      const events = await heard('order', orderId, 4);
      expect(events).to.deep.equal(['placed 1', 'confirmed 2', 'shipped 3', 'delivered 4']);
      for (const { data, sequence } of of('order', orderId))
        expect([data, sequence]).to.deep.equal([{ customerId: shopper.id }, 0]);
    });

    it('Events report once that an order is cancelled, however many requests cancel it', async () => {
      const { shopper, orderId } = await anOrderedShopper(shop);
      await Promise.all([shopper.cancel(orderId), advance(orderId, 'cancelled'), shopper.cancel(orderId)]);
      expect(await heard('order', orderId, 2)).to.deep.equal(['placed 1', 'cancelled 2']);
    });

    it('Events report a product, and its stock when it has run out', async () => {
      const product = await aProduct(shop, { quantity: 2 });
      const shopper = await aShopper(shop);
      await shopper.put(product, 2);
      const order = await shopper.order();
      expect(await heard('stock', product, 1)).to.deep.equal(['depleted 2']);
      await shopper.cancel(order.body.id as string);
      const adjust = (delta: number) =>
        shop.post(`/products/${product}/stock-adjustments`, { ...admin(), json: { delta } });
      expect((await adjust(-1)).status).to.equal(201);
      expect((await adjust(-1)).status).to.equal(201);
      expect((await adjust(3)).status).to.equal(201);
      await shop.patch(`/products/${product}`, { ...admin(), json: { quantity: 0 } });
      await shop.delete(`/products/${product}`, admin());
      expect(await heard('product', product, 3)).to.deep.equal(['created 1', 'updated 2', 'deleted 3']);
      expect(await heard('stock', product, 3)).to.deep.equal(['depleted 2', 'depleted 5', 'depleted 7']);
    });

    it('Events report a customer until they are erased, and then contain nothing of them but ids', async () => {
      const { shopper, orderId } = await anOrderedShopper(shop);
      const { token, id } = shopper;
      const address = { line1: '12 Rose Lane', city: 'Dublin', country: 'IE' };
      await shop.post('/customers/me/addresses', { token, json: address });
      await shop.patch('/customers/me', { token, json: { phone: '+353 1 234 5678' } });
      await shop.patch('/auth/me', { token, json: { name: 'Ada Lovelace' } });
      expect((await shop.delete('/customers/me', { token })).status).to.equal(204);
      expect(await heard('customer', id, 5)).to.deep.equal([
        'created 1',
        ...['updated 2', 'updated 3', 'updated 4'],
        'erased 5',
      ]);
      expect(await heard('order', orderId, 2)).to.deep.equal(['placed 1', 'cancelled 2']);
      for (const event of told) {
        const { type: _type, version: _version, sequence: _sequence, occurredAt, data, ...ids } = event;
        expect(occurredAt).to.be.instanceOf(Date);
        for (const value of [...Object.values(ids), ...Object.values(data)]) expect(value).to.match(UUID);
      }
    });

    it('Events report a user from the sign-up to the erasure', async () => {
      const { id, token, email, password } = await shop.signUp();
      const change = (json: object) => shop.patch(`/users/${id}`, { ...admin(), json });
      const me = (json: object) => shop.patch('/auth/me', { token, json });
      expect((await me({ name: 'Augusta Ada' })).status).to.equal(200);
      expect((await me({ username: 'augusta' })).status).to.equal(200);
      expect((await me({ email: `new.${email}`, currentPassword: password })).status).to.equal(200);
      const changes = [{ role: 'admin' }, { role: 'admin' }, { role: 'customer' }, { disabled: true }];
      for (const json of [...changes, { disabled: true }, { disabled: false }])
        expect((await change(json)).status).to.equal(200);
      expect((await shop.delete(`/customers/${id}`, admin())).status).to.equal(204);
      expect((await heard('user', id, 8)).map((event) => event.replace(/ \d+$/, ''))).to.deep.equal([
        ...['created', 'renamed', 'email_changed', 'promoted', 'demoted', 'disabled', 'enabled', 'erased'],
      ]);
      const versions = of('user', id).map(({ version }) => version);
      expect(versions).to.deep.equal(versions.toSorted((a, b) => a - b));
      expect(new Set(versions)).to.have.property('size', 8);
      for (const { data } of of('user', id)) expect(data).to.deep.equal({});
    });

    it('Events report each order that was placed in a rush once, and no other', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      // One after another: a network has few places in the queue of passwords.
      const shoppers: Awaited<ReturnType<typeof aShopper>>[] = [];
      while (shoppers.length < 12) shoppers.push(await aShopper(shop));
      await Promise.all(shoppers.map(({ put }) => put(product)));
      const answers = await Promise.all(shoppers.map(({ order }) => order()));
      expect(tally(answers.map(({ status }) => String(status)))).to.deep.equal({ '201': 5, '409': 7 });
      const placed = () => told.filter(({ type }) => type === 'order.placed');
      await eventually(() => placed().length >= 5, 'the orders');
      expect(await heard('stock', product, 1)).to.deep.equal(['depleted 6']);
      const orderIds = answers.filter(({ status }) => status === 201).map(({ body }) => body.id as string);
      expect(placed().map(({ aggregateId }) => aggregateId)).to.have.members(orderIds);
    });
  });
});

forEachShop((name, open) => {
  describe(`A shop that stops on ${name}`, () => {
    it('A shop that stops waits for the events that are being delivered', async () => {
      const begun = gate();
      const allowed = gate();
      let delivered = 0;
      const shop = await open({
        overrides: {
          subscribers: () => [
            aSubscriber(async () => {
              begun.open();
              await allowed.opened;
              delivered += 1;
            }),
          ],
        },
      });
      await begun.opened; // the first administrator is a customer, too
      let closed = false;
      const close = shop.close().then(() => (closed = true));
      const isDeaf = () =>
        fetch(`${shop.shop.url}/livez`).then(
          () => false,
          () => true,
        );
      await eventually(isDeaf, 'the server to close');
      expect([closed, delivered]).to.deep.equal([false, 0]);
      allowed.open();
      await close;
      expect(delivered).to.be.above(0);
    });
  });
});
