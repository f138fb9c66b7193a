import { expect } from 'chai';
import { expireOrder } from '#src/contexts/ordering/application/expire-orders.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import { createLogger } from '#src/platform/logger.js';
import { aSubscriber } from '../support/builders/outbox.js';
import { anOrder, anOrderLine } from '../support/builders/ordering.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { anOrderedShopper, aProduct, outcome, stockOf } from '../support/shopping.js';
import { forEachShop, testShop, type ShopUnderTest } from '../support/test-shop.js';
import { performing } from '../support/performing.js';

const MINUTE = 60_000;
const TTL = { PENDING_ORDER_TTL: '3600' };

const never = (): boolean => false;
/** Looks for overdue orders, as the shop does now and again. */
const expireIn = async ({ shop }: ShopUnderTest, isStopping = never): Promise<void> => {
  for (const { run } of shop.parts.contexts.ordering.chores) await run(isStopping);
};

const asAdmin = (shop: ShopUnderTest, id: string, status: string) =>
  shop.patch(`/orders/${id}`, { token: shop.adminToken, json: { status } });

const statusOf = async (shop: ShopUnderTest, id: string): Promise<string> =>
  (await shop.get(`/orders/${id}`, { token: shop.adminToken })).body.status as string;

/** What the audit log says of an order. */
const entriesOf = async (shop: ShopUnderTest, id: string): Promise<readonly (readonly unknown[])[]> => {
  const { body } = await shop.get(`/audit-log?subject=${id}`, { token: shop.adminToken });
  const items = body.items as readonly { action: string; actorId: string | null }[];
  return items.map(({ action, actorId }) => [action, actorId]);
};

forEachShop((name, open) => {
  describe(`An unconfirmed order on ${name}`, () => {
    let shop: ShopUnderTest;
    const told: string[] = [];
    let time = Date.parse('2026-05-01T12:00:00Z');
    before(async () => {
      shop = await open({
        overrides: {
          now: () => () => new Date(time),
          subscribers: () => [
            aSubscriber(({ aggregateId, type, version }) => {
              told.push(`${aggregateId} ${type} ${String(version)}`);
              return Promise.resolve();
            }),
          ],
        },
        environment: { ...TTL, ACCESS_TOKEN_TTL: '86400' },
      });
    });
    after(() => shop.close());

    it('An unconfirmed order is cancelled once it is older than the shop allows, with its stock, its event and an entry without actor', async () => {
      const placed = await anOrderedShopper(shop);
      time += 30 * MINUTE;
      const later = await anOrderedShopper(shop);
      time += 30 * MINUTE;
      await expireIn(shop);
      expect(await statusOf(shop, placed.orderId), 'exactly as old as allowed').to.equal('pending');
      time += 1;
      await expireIn(shop);
      const { body, headers } = await shop.get(`/orders/${placed.orderId}`, { token: shop.adminToken });
      expect(body).to.include({ status: 'cancelled', updatedAt: new Date(time).toISOString() });
      expect(headers['etag']).to.equal('"2.1"'); // of the order and of its customer's account
      expect(await stockOf(shop, placed.productId)).to.include({ quantity: 5, sum: 5 });
      expect(await entriesOf(shop, placed.orderId)).to.deep.equal([['order.expired', null]]);
      const event = `${placed.orderId} order.cancelled 2`;
      await eventually(() => told.includes(event), 'the event');
      expect(await statusOf(shop, later.orderId)).to.equal('pending');
      expect(await stockOf(shop, later.productId)).to.include({ quantity: 4, sum: 4 });
    });

    it('An unconfirmed order is the only kind of order that is cancelled', async () => {
      const orders = await Promise.all(['confirmed', 'cancelled'].map(() => anOrderedShopper(shop)));
      for (const [index, status] of ['confirmed', 'cancelled'].entries())
        await asAdmin(shop, orders[index]?.orderId ?? '', status);
      time += 120 * MINUTE;
      await expireIn(shop);
      expect(await Promise.all(orders.map(({ orderId }) => statusOf(shop, orderId)))).to.deep.equal([
        'confirmed',
        'cancelled',
      ]);
    });

    it('An unconfirmed order is cancelled once, however many processes look at the same time', async () => {
      const placed = [];
      for (let each = 0; each < 3; each += 1) placed.push(await anOrderedShopper(shop));
      time += 61 * MINUTE;
      await Promise.all([expireIn(shop), expireIn(shop), expireIn(shop)]);
      for (const { orderId, productId } of placed) {
        expect(await statusOf(shop, orderId)).to.equal('cancelled');
        expect(await stockOf(shop, productId)).to.include({ quantity: 5, sum: 5 });
        expect(await entriesOf(shop, orderId)).to.deep.equal([['order.expired', null]]);
      }
    });

    it('An unconfirmed order is confirmed or cancelled when an administrator confirms it at that moment, never both', async () => {
      for (let round = 0; round < 4; round += 1) {
        const { orderId, productId } = await anOrderedShopper(shop);
        time += 61 * MINUTE;
        const confirm = () => asAdmin(shop, orderId, 'confirmed');
        const calls = [() => expireIn(shop), confirm];
        const [confirmed] = (
          await Promise.all((round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()))
        ).filter((answer) => answer !== undefined);
        const status = await statusOf(shop, orderId);
        expect(confirmed && outcome(confirmed)).to.equal(
          status === 'confirmed' ? '200' : '409 illegal_transition',
        );
        const left = status === 'confirmed' ? 4 : 5;
        expect(await stockOf(shop, productId)).to.include({ quantity: left, sum: left });
      }
    });
  });
});

describe('An unconfirmed order', () => {
  it('An unconfirmed order stays pending where the shop sets no time', async () => {
    let time = Date.parse('2026-05-01T12:00:00Z');
    const shop = await testShop({
      overrides: { now: () => () => new Date(time) },
      environment: { PENDING_ORDER_TTL: '0', ACCESS_TOKEN_TTL: '86400' },
    });
    const { orderId } = await anOrderedShopper(shop);
    time += 23 * 60 * MINUTE;
    await expireIn(shop);
    expect(await statusOf(shop, orderId)).to.equal('pending');
    await shop.close();
  });

  it('An unconfirmed order is cancelled after eight hours unless the shop sets another time', async () => {
    let time = Date.parse('2026-05-01T12:00:00Z');
    const shop = await testShop({
      overrides: { now: () => () => new Date(time) },
      environment: { ACCESS_TOKEN_TTL: '86400' },
    });
    const { orderId } = await anOrderedShopper(shop);
    time += 8 * 60 * MINUTE;
    await expireIn(shop);
    expect(await statusOf(shop, orderId)).to.equal('pending');
    time += 1;
    await expireIn(shop);
    expect(await statusOf(shop, orderId)).to.equal('cancelled');
    await shop.close();
  });

  it('An unconfirmed order leaves those behind it to be cancelled when it can not be, and is named in the log', async () => {
    let time = Date.parse('2026-05-01T12:00:00Z');
    const broken = new Set<string>();
    const lines: string[] = [];
    const shop = await testShop({
      overrides: {
        now: () => () => new Date(time),
        replaceRepositories: () => ({
          orders: (original) => ({
            ...original,
            update: (order) =>
              broken.has(order.id) ? Promise.reject(new Error('a bug')) : original.update(order),
          }),
        }),
        logger: () =>
          createLogger('error', {
            write: (line) => {
              const told = JSON.parse(line) as { msg: string; orderId: string; err: { message: string } };
              lines.push(`${told.msg}: ${told.orderId}, ${told.err.message}`);
            },
          }),
      },
      environment: { ...TTL, ACCESS_TOKEN_TTL: '86400' },
    });
    const orders = [await anOrderedShopper(shop), await anOrderedShopper(shop)];
    broken.add(orders[0]?.orderId ?? '');
    time += 61 * MINUTE;
    await expireIn(shop);
    expect(await Promise.all(orders.map(({ orderId }) => statusOf(shop, orderId)))).to.deep.equal([
      'pending',
      'cancelled',
    ]);
    expect(lines).to.deep.equal([`could not cancel an overdue order: ${[...broken].join()}, a bug`]);
    await shop.close();
  });

  it('An unconfirmed order stays confirmed when it was confirmed after it was listed', async () => {
    const shop = await testShop();
    const { orderId, productId } = await anOrderedShopper(shop);
    await asAdmin(shop, orderId, 'confirmed');
    const transact = shop.shop.parts.contexts.ordering.transact;
    await performing(transact)(expireOrder)(orderId as OrderId);
    expect(await statusOf(shop, orderId)).to.equal('confirmed');
    expect(await stockOf(shop, productId)).to.include({ quantity: 4, sum: 4 });
    await shop.close();
  });

  it('An unconfirmed order waits for the next start when the shop closes', async () => {
    let time = Date.parse('2026-05-01T12:00:00Z');
    const shop = await testShop({
      overrides: { now: () => () => new Date(time) },
      environment: { ...TTL, ACCESS_TOKEN_TTL: '86400' },
    });
    const orders = [await anOrderedShopper(shop), await anOrderedShopper(shop), await anOrderedShopper(shop)];
    time += 61 * MINUTE;
    let looks = 0;
    await expireIn(shop, () => {
      looks += 1;
      return looks > 2;
    });
    const statuses = await Promise.all(orders.map(({ orderId }) => statusOf(shop, orderId)));
    expect(statuses).to.deep.equal(['cancelled', 'cancelled', 'pending']);
    await shop.close();
  });
});

onEverySqlDatabase('Two processes that look for overdue orders', (name) => {
  it('Two processes that look for overdue orders cancel more of them than one reads at a time, each order once', async () => {
    const database = await openSqlDatabase(name, { migrated: false });
    let time = Date.parse('2026-05-01T12:00:00Z');
    const options = {
      overrides: { now: () => () => new Date(time) },
      environment: {
        ...TTL,
        DATABASE_URL: database.url,
      },
    };
    const shops = [await testShop(options), await testShop(options)] as const;
    const [shop] = shops;
    const { transact, outside } = shop.shop.parts.persistence;
    const { orders, auditEntries, stock } = outside;
    const productId = (await aProduct(shop, { quantity: 5 })) as ProductId;
    await transact(async (inside) => {
      for (let each = 0; each < 60; each += 1)
        await inside.orders.add(
          anOrder({ createdAt: new Date(time), lines: [anOrderLine({ productId, quantity: 1 })] }),
        );
    });
    time += 61 * MINUTE;
    await Promise.all(shops.map((shop) => expireIn(shop)));
    const page = { limit: 1000, after: null };
    const found = await orders.list({}, page);
    expect(found.items.map(({ status, version }) => `${status} ${String(version)}`)).to.deep.equal(
      Array<string>(60).fill('cancelled 2'),
    );
    const entries = (await auditEntries.list({ action: 'order.expired' }, page)).items;
    expect(new Set(entries.map(({ subjectId }) => subjectId)).size).to.equal(60);
    expect(entries).to.have.length(60);
    expect((await stock.levels([productId]))[0]?.quantity).to.equal(65);
    for (const each of shops) await each.close();
    await database.close();
  });
});
