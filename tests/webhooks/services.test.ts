import { expect } from 'chai';
import { SOURCE_TYPES } from '#src/contexts/webhooks/domain/relayed.js';
import { eventually } from '../support/eventually.js';
import { aProduct, anOrderedShopper } from '../support/shopping.js';
import { testServiceShop, type ServicesUnderTest } from '../support/test-shop.js';
import { webhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';
import { chosenEvents, hooksOf, QUICK_WEBHOOKS, settled, withdrawn } from '../support/webhooks.js';
import { wireTo, type Wire } from '../support/wire.js';

const each = (types: readonly string[]) => ({ customer: types, product: types, transaction: types });

describe('The webhooks of five services', () => {
  let shop: ServicesUnderTest;
  let receiver: WebhookReceiver;
  let wire: Wire;
  beforeEach(async () => {
    receiver = await webhookReceiver();
    shop = await testServiceShop({
      environment: { WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' },
      overrides: { webhookDelivery: () => QUICK_WEBHOOKS },
      reachedAt: async (name, url) => {
        if (name !== 'transaction') return url;
        wire = await wireTo(Number(new URL(url).port));
        return `http://127.0.0.1:${String(wire.port)}`;
      },
    });
    await withdrawn(shop.shop);
  });
  afterEach(async () => {
    wire.mend();
    await shop.close();
    wire.close();
    await receiver.close();
  });
  const admin = () => ({ token: shop.adminToken });
  const orderIds = (type: string) =>
    receiver.received
      .filter(({ message }) => message.type === type)
      .map(({ message }) => message.data['orderId']);

  it('The webhooks of five services are sent what happens after the response that creates or changes an endpoint, and it is withdrawn when none wants it', async () => {
    expect(await chosenEvents(shop.shop)).to.deep.equal(each([]));
    const before = await anOrderedShopper(shop);
    const { id } = await hooksOf(shop).create(receiver.url, ['order.placed']);
    expect(await chosenEvents(shop.shop)).to.deep.equal(each(['order.placed']));
    const placed = await anOrderedShopper(shop);
    await before.shopper.cancel(before.orderId);
    expect((await hooksOf(shop).change(id, { eventTypes: ['order.cancelled'] })).status).to.equal(200);
    await placed.shopper.cancel(placed.orderId);
    await eventually(() => orderIds('order.cancelled').length > 0, 'the cancellation');
    expect(orderIds('order.placed')).to.deep.equal([placed.orderId]);
    expect(orderIds('order.cancelled')).to.deep.equal([placed.orderId]);

    const { webhookSurplus } = shop.shop.services.user.parts;
    expect((await hooksOf(shop).remove(id)).status).to.equal(204);
    expect(webhookSurplus.isPossible, 'as far as is known').to.equal(false);
    await anOrderedShopper(shop);
    await eventually(() => webhookSurplus.isPossible, 'an event that no endpoint wants');
    await withdrawn(shop.shop);
    expect(await chosenEvents(shop.shop)).to.deep.equal(each([]));
  });

  for (const moment of ['before', 'after'] as const)
    it(`The webhooks of five services have no new or wider endpoint while one of them is away, its connection being lost ${moment} it has chosen`, async () => {
      const kept = await hooksOf(shop).create(receiver.url, ['order.placed']);
      wire.breakAt('/internal/chooseEvents', moment);
      const json = { url: receiver.url, eventTypes: ['order.cancelled'] };
      const made = await shop.post('/webhooks', { ...admin(), json });
      expect([made.status, made.body.code]).to.deep.equal([503, 'service_unavailable']);
      expect(made.headers['retry-after']).to.equal('5');
      expect((await hooksOf(shop).change(kept.id, { description: 'Ours' })).status).to.equal(200);
      expect((await hooksOf(shop).change(kept.id, { enabled: false })).status).to.equal(200);
      wire.mend();
      await withdrawn(shop.shop);
      expect(await chosenEvents(shop.shop)).to.deep.equal(each([]));

      wire.breakAt('/internal/chooseEvents', moment, 2);
      const enabled = await hooksOf(shop).change(kept.id, { enabled: true });
      expect(enabled.status, 'at the third attempt').to.equal(200);
      const { orderId } = await anOrderedShopper(shop);
      await eventually(() => orderIds('order.placed').includes(orderId), 'the order');
      const { body } = await shop.get('/webhooks', admin());
      expect(body.items).to.have.length(1);
    });

  it('The webhooks of five services that only want pings, or what the shop does to endpoints, need no other service', async () => {
    await shop.shop.services.product.close();
    const { id } = await hooksOf(shop).create(receiver.url, ['webhook_endpoint.disabled']);
    expect((await hooksOf(shop).ping(id)).status).to.equal(202);
    await eventually(() => receiver.received.length > 0, 'the ping');
  });

  it('The webhooks of five services are sent everything that happens after a service has started again, until what no endpoint wants is withdrawn', async () => {
    await hooksOf(shop).create(receiver.url, ['product.created']);
    const { persistence } = shop.shop.services.product.parts;
    // What each process of a service does when it starts.
    await persistence.transact(({ outbox }) =>
      outbox.subscribe({ subscriber: 'service-user', types: SOURCE_TYPES }),
    );
    const productId = await aProduct(shop);
    await eventually(() => receiver.received.length > 0, 'the product');
    expect(receiver.received[0]?.message.data).to.include({ productId });
    await settled(shop.shop);
    await withdrawn(shop.shop);
    expect(await chosenEvents(shop.shop)).to.deep.equal(each(['product.created']));
  });

  it('The webhooks of five services are sent what two administrators have chosen at once', async () => {
    const types = ['order.placed', 'order.cancelled', 'product.created', 'customer.created'];
    const [, ...made] = await Promise.all([
      withdrawn(shop.shop),
      ...types.map((type) => hooksOf(shop).create(receiver.url, [type])),
    ]);
    expect(made).to.have.length(types.length);
    const { shopper, orderId } = await anOrderedShopper(shop);
    await shopper.cancel(orderId);
    for (const type of types)
      await eventually(() => receiver.received.some(({ message }) => message.type === type), type);
    await withdrawn(shop.shop);
    expect(await chosenEvents(shop.shop)).to.deep.equal(each(types.toSorted()));
  });
});
