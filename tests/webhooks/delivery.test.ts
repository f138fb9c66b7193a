import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import type { Overrides } from '#src/main/container.js';
import { eventually } from '../support/eventually.js';
import { aProduct, anOrderedShopper } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';
import {
  noContent,
  respondWith,
  webhookReceiver,
  type ReceivedWebhook,
  type WebhookReceiver,
} from '../support/webhook-receiver.js';
import { describedBy, hooksOf, QUICK_WEBHOOKS } from '../support/webhooks.js';

const OVERRIDES: Overrides = { webhookDelivery: () => QUICK_WEBHOOKS };

forEachShop((name, open) => {
  describe(`Webhooks on ${name}`, () => {
    let shop: ShopUnderTest;
    let receiver: WebhookReceiver;
    beforeEach(async () => {
      receiver = await webhookReceiver();
      shop = await open({
        environment: { WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' },
        overrides: OVERRIDES,
      });
    });
    afterEach(async () => {
      const isDescribed = describedBy(shop.shop.http.openApi);
      for (const { message } of receiver.received)
        expect(isDescribed(message), message.type).to.deep.equal([]);
      await shop.close();
      await receiver.close();
    });

    const hooks = () => hooksOf(shop);
    const of = (type: string): readonly ReceivedWebhook[] =>
      receiver.received.filter(({ message }) => message.type === type);
    const arrived = (type: string, count = 1) =>
      eventually(() => (of(type).length >= count ? of(type) : null), `${String(count)} of ${type}`);

    it('Webhooks are sent each event of the chosen types, signed by Standard Webhooks, in the order of each resource', async () => {
      const types = ['order.placed', 'order.confirmed', 'order.shipped', 'order.delivered'];
      const { secret } = await hooks().create(receiver.url, types);
      const { shopper, orderId } = await anOrderedShopper(shop);
      for (const status of ['confirmed', 'shipped', 'delivered'])
        await shop.patch(`/orders/${orderId}`, { token: shop.adminToken, json: { status } });
      await arrived('order.delivered');
      expect(receiver.received.map(({ message }) => message.type)).to.deep.equal(types);
      for (const { body, headers, message } of receiver.received) {
        expect(new Webhook(secret).verify(body, headers)).to.deep.equal(message);
        expect(headers['webhook-id']).to.equal(message.id);
        expect(headers['content-type']).to.equal('application/json');
        expect(message.data['customerId']).to.equal(shopper.id);
      }
      expect(receiver.received.map(({ message: { data } }) => data)).to.deep.equal(
        ['pending', 'confirmed', 'shipped', 'delivered'].map((status, at) => ({
          ...{ orderId, version: at + 1, status, customerId: shopper.id },
        })),
      );
    });

    it('Webhooks tell of products, categories, stock and customers by their ids', async () => {
      const types = ['category.created', 'product.created', 'stock.depleted', 'customer.created'];
      await hooks().create(receiver.url, types);
      const category = await shop.post('/categories', { token: shop.adminToken, json: { name: 'Tea' } });
      const productId = await aProduct(shop, { quantity: 1 });
      await shop.patch(`/products/${productId}`, { token: shop.adminToken, json: { quantity: 0 } });
      const person = await shop.signUp();
      for (const type of types) await arrived(type);
      const dataOf = (type: string) => of(type).map(({ message }) => message.data);
      expect(dataOf('category.created')).to.deep.include({ categoryId: category.body.id, version: 1 });
      expect(dataOf('product.created')).to.deep.include({ productId, version: 1 });
      expect(dataOf('stock.depleted')).to.deep.include({ productId, version: 2 });
      expect(dataOf('customer.created')).to.deep.include({ customerId: person.id, version: 1 });
      expect(receiver.received.map(({ body }) => body).join()).not.to.include(person.email);
    });

    it('Webhooks are attempted again under the same id after a failure, and what follows waits for them', async () => {
      receiver.respond((response) => {
        response.writeHead(receiver.received.length < 3 ? 500 : 204).end('not now');
      });
      const { id } = await hooks().create(receiver.url, ['order.placed', 'order.cancelled']);
      const { shopper, orderId } = await anOrderedShopper(shop);
      await shopper.cancel(orderId);
      await arrived('order.cancelled');
      const sent = receiver.received.map(({ message }) => message.type);
      expect(sent).to.deep.equal(['order.placed', 'order.placed', 'order.placed', 'order.cancelled']);
      expect(new Set(of('order.placed').map(({ body }) => body)).size, 'payloads').to.equal(1);
      const log = await eventually(async () => {
        const { items } = await hooks().deliveries(id);
        return items.length === 4 ? items : null;
      }, 'the log');
      expect(
        log.map(({ eventType, number, outcome, status, response }) => ({
          ...{ eventType, number, outcome, status, response },
        })),
      ).to.deep.equal([
        { eventType: 'order.cancelled', number: 1, outcome: 'delivered', status: 204, response: '' },
        { eventType: 'order.placed', number: 3, outcome: 'delivered', status: 204, response: '' },
        { eventType: 'order.placed', number: 2, outcome: 'failed', status: 500, response: 'not now' },
        { eventType: 'order.placed', number: 1, outcome: 'failed', status: 500, response: 'not now' },
      ]);
    });

    it('Webhooks that always fail are dead-lettered, and delivered with what waited behind them once they are redelivered', async () => {
      receiver.respond(respondWith(500));
      const { id } = await hooks().create(receiver.url, ['order.placed', 'order.cancelled']);
      const { shopper, orderId } = await anOrderedShopper(shop);
      await shopper.cancel(orderId);
      const [dead] = await hooks().logged(id, { outcome: 'dead_lettered' });
      expect(dead).to.include({ eventType: 'order.placed', number: QUICK_WEBHOOKS.maxAttempts });
      expect(of('order.cancelled')).to.deep.equal([]);
      receiver.respond(noContent);
      expect((await hooks().redeliver(id, String(dead?.eventId))).status).to.equal(202);
      await arrived('order.cancelled');
      const ids = of('order.placed').map(({ headers }) => headers['webhook-id']);
      expect([...new Set(ids)]).to.deep.equal([dead?.eventId]);
    });

    it('Webhooks that were delivered are sent again with the same id and payload, one by one and for a period', async () => {
      const { id } = await hooks().create(receiver.url, ['order.placed']);
      await anOrderedShopper(shop);
      await anOrderedShopper(shop);
      await arrived('order.placed', 2);
      const [first] = await hooks().logged(id, { outcome: 'delivered' }, 2);
      expect((await hooks().redeliver(id, String(first?.eventId))).status).to.equal(202);
      await arrived('order.placed', 3);
      const again = receiver.received[2];
      expect([again?.headers['webhook-id'], again?.body]).to.deep.equal([first?.eventId, first?.payload]);
      await hooks().logged(id, {}, 3);
      const range = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
      const { status, body } = await hooks().redeliverRange(id, range);
      expect([status, body]).to.deep.equal([202, { redelivered: 2, nextCursor: null }]);
      await arrived('order.placed', 5);
    });

    it('Webhooks are disabled by a 410, which the other endpoints are told, and go on with what waited once they are enabled', async () => {
      const other = await webhookReceiver();
      try {
        await hooks().create(other.url, ['webhook_endpoint.disabled']);
        receiver.respond(respondWith(410));
        const { id } = await hooks().create(receiver.url, ['order.placed']);
        await anOrderedShopper(shop);
        await eventually(() => other.received.length > 0, 'the event');
        expect(other.received[0]?.message).to.deep.include({
          type: 'webhook_endpoint.disabled',
          data: { webhookId: id, version: 2, reason: 'gone' },
        });
        expect(await hooks().get(id)).to.deep.include({ enabled: false, disabledReason: 'gone' });
        expect((await hooks().ping(id)).body.code).to.equal('webhook_disabled');
        expect(receiver.received).to.have.length(1);
        receiver.respond(noContent);
        const { status } = await hooks().change(id, { enabled: true });
        expect(status).to.equal(200);
        await arrived('order.placed', 2);
      } finally {
        await other.close();
      }
    });

    it('Webhooks are signed with the new and the former secret after a rotation', async () => {
      const { id, secret } = await hooks().create(receiver.url, []);
      const rotated = await hooks().rotate(id);
      expect(rotated.secret).not.to.equal(secret);
      expect((await hooks().ping(id)).status).to.equal(202);
      const [ping] = await arrived('webhook_endpoint.pinged');
      for (const key of [secret, rotated.secret])
        expect(new Webhook(key).verify(String(ping?.body), ping?.headers ?? {})).to.deep.equal(ping?.message);
      expect(() => new Webhook('whsec_b3RoZXI=').verify(String(ping?.body), ping?.headers ?? {})).to.throw();
      expect(ping?.message.data).to.deep.equal({ webhookId: id });
    });

    it('Webhooks are attempted no earlier than Retry-After says, whatever the pauses are', async () => {
      receiver.respond((response) => {
        const isFirst = receiver.received.length === 1;
        response.writeHead(isFirst ? 429 : 204, isFirst ? { 'Retry-After': '1' } : {}).end();
      });
      await hooks().create(receiver.url, ['order.placed']);
      await anOrderedShopper(shop);
      const [first, second] = await arrived('order.placed', 2);
      const timeOf = (webhook?: ReceivedWebhook) => Number(webhook?.headers['webhook-timestamp']);
      expect(timeOf(second) - timeOf(first)).to.be.at.least(1);
    });

    it('Webhooks tell nothing of what was rolled back', async () => {
      await hooks().create(receiver.url, ['category.created']);
      const create = (name: string) => shop.post('/categories', { token: shop.adminToken, json: { name } });
      expect((await create('Tea')).status).to.equal(201);
      const refused = await Promise.all(Array.from({ length: 5 }, () => create('tea')));
      expect(refused.map(({ status }) => status)).to.deep.equal(Array(5).fill(409));
      const last = await create('Coffee');
      await eventually(
        () => of('category.created').some(({ message }) => message.data['categoryId'] === last.body.id),
        'the last one',
      );
      expect(of('category.created')).to.have.length(2);
    });

    it('Webhooks of a deleted endpoint are sent no more, and nothing waits for it', async () => {
      receiver.respond(respondWith(503, { 'Retry-After': '3600' }));
      const { id } = await hooks().create(receiver.url, ['order.placed']);
      await anOrderedShopper(shop);
      await hooks().logged(id, { outcome: 'failed' });
      expect((await hooks().remove(id)).status).to.equal(204);
      expect((await hooks().remove(id)).status).to.equal(404);
      const backlogs = await shop.storeOf('webhooks').outside.outbox.backlogs();
      expect(backlogs.filter(({ subscriber }) => subscriber.includes(id))).to.deep.equal([]);
      await anOrderedShopper(shop);
      expect(receiver.received).to.have.length(1);
    });
  });
});
