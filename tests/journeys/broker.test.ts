import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { onNats, type Kept } from '../support/nats.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { anOrderedShopper } from '../support/shopping.js';
import { testServiceShop, testShop, type OpenShop } from '../support/test-shop.js';

/** The versions of an aggregate that the broker has kept, in its order. */
const versionsOf = (kept: readonly Kept[], kind: string, id: string): readonly number[] =>
  kept
    .filter(({ event: { partitionkey } }) => partitionkey === `${kind}.${id}`)
    .map(({ event: { data } }) => (data as { readonly version: number }).version);

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, at) => at + 1);

onNats('The events of a shop', (nats) => {
  const SHAPES: Readonly<Record<string, OpenShop>> = {
    'in one process': testShop,
    'as five services': testServiceShop,
  };
  for (const [shape, open] of Object.entries(SHAPES))
    it(`The events of a shop ${shape} are published, each once, with ids and versions only`, async () => {
      const environment = {
        EVENTS_URL: nats().url,
        EVENTS_STREAM: 'shop-1',
        PUBLIC_URL: 'https://shop.example',
      };
      const shop = await open({ environment });
      try {
        const { shopper, orderId, productId } = await anOrderedShopper(shop);
        for (const status of ['confirmed', 'shipped', 'delivered'])
          await shop.patch(`/orders/${orderId}`, { token: shop.adminToken, json: { status } });
        await eventually(async () => {
          const kept = await nats()
            .kept('shop-1')
            .catch(() => []);
          return (
            versionsOf(kept, 'order', orderId).length >= 4 && versionsOf(kept, 'user', shopper.id).length > 0
          );
        }, 'the events of the order');
        const kept = await nats().kept('shop-1');
        const ofOrder = kept.filter(({ event: { subject } }) => subject === orderId);
        expect(ofOrder.map(({ subject }) => subject)).to.deep.equal(
          ['placed', 'confirmed', 'shipped', 'delivered'].map((what) => `shop-1.order.${what}`),
        );
        expect(ofOrder[0]?.event).to.deep.include({
          source: 'https://shop.example',
          type: 'portico.order.placed',
          data: { version: 1, customerId: shopper.id },
        });
        expect(versionsOf(kept, 'product', productId)).to.deep.equal([1]);
        expect(new Set(kept.map(({ event: { id } }) => id)).size).to.equal(kept.length);
        expect(JSON.stringify(kept)).not.to.contain(shopper.email);
      } finally {
        await shop.close();
      }
    });
});

onNats('A shop that publishes its events', (nats) => {
  let folder: string;
  let shop: RunningShop;
  let token: string;

  const ADMIN = { email: 'admin@shop.test', password: 'a long enough password' };
  const send = async (method: string, path: string, json: object): Promise<Response> =>
    fetch(`${shop.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(json),
    });
  const open = async (): Promise<void> => {
    shop = await startServer({
      cwd: folder,
      environment: {
        ...{ EVENTS_URL: nats().url, BCRYPT_COST: '4', DEMO_DATA: 'false' },
        ...{ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password },
      },
    });
    token = '';
    const loggedIn = (await (await send('POST', '/auth/login', ADMIN)).json()) as { accessToken: string };
    token = loggedIn.accessToken;
  };
  const aProduct = async (): Promise<string> => {
    const made = await send('POST', '/products', { name: 'Cup', description: '', price: 1, quantity: 1 });
    expect(made.status).to.equal(201);
    return ((await made.json()) as { id: string }).id;
  };
  /** Changes a product so many times, and returns its version. */
  const change = async (id: string, times: number): Promise<number> => {
    let etag = '';
    for (const at of upTo(times)) {
      const changed = await send('PATCH', `/products/${id}`, {
        name: `Cup ${String(at)} of ${String(Math.random())}`,
      });
      expect(changed.status).to.equal(200);
      etag = changed.headers.get('ETag') ?? '';
    }
    return Number(/\d+/.exec(etag)?.[0]);
  };

  beforeEach(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), 'portico-broker-'));
    await open();
  });
  afterEach(async () => {
    await shop.stop();
    await rm(folder, { recursive: true });
  });

  it('A shop that publishes its events loses and reorders none of an aggregate when broker and shop are killed', async function () {
    this.timeout(180_000);
    const ids = await Promise.all([aProduct(), aProduct(), aProduct()]);
    const changeAll = (times: number) => Promise.all(ids.map((id) => change(id, times)));
    await changeAll(5);
    await nats().kill(); // some are stored and not acknowledged, others are neither
    await changeAll(5);
    await nats().start();
    await changeAll(5);
    shop.process.kill('SIGKILL'); // some are published and not recorded as such
    await shop.ended;
    await open();
    const last = await changeAll(5);
    const versions = async () => {
      const kept = await nats().kept('portico');
      return ids.map((id) => versionsOf(kept, 'product', id));
    };
    await eventually(
      async () => (await versions()).every((found, at) => found.length >= (last[at] ?? 0)),
      'all versions',
      120_000,
    );
    expect(await versions()).to.deep.equal(last.map(upTo));
  });

  it('A shop that publishes its events serves while the broker is away, and its log does not know the password', async () => {
    await nats().kill();
    await aProduct();
    await eventually(
      () => shop.stderr().includes('event not delivered; will be retried'),
      'the failure in the log',
    );
    expect((await fetch(`${shop.url}/readyz`)).status).to.equal(200);
    expect(shop.stderr()).not.to.match(/a pass\/word|a%20pass/);
  });
});
