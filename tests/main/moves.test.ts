import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Sequelize } from 'sequelize';
import { readConfig } from '#src/main/config/index.js';
import { CONTEXT_NAMES, type ContextName } from '#src/main/contexts.js';
import type { ShopSubscriber } from '#src/main/events.js';
import { mergeServices, splitShop } from '#src/main/move/move-shop.js';
import { movedTables, PLATFORM_TABLES, tablesOf } from '#src/main/persistence/moves/tables.js';
import { BACKEND_NAMES, contextsOf, type BackendName } from '#src/main/services.js';
import { testShop as startTestShop, testVariables, type TestShop } from '#src/main/test-shop.js';
import { backUpFile } from '#src/platform/database/backup-file.js';
import { connect } from '#src/platform/database/connect.js';
import { findRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { replyTables } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient } from '../support/http-client.js';
import { testServices, type TestServices } from '../support/test-services.js';
import {
  noContent,
  respondWith,
  webhookReceiver,
  type WebhookReceiver,
} from '../support/webhook-receiver.js';
import { withdrawn } from '../support/webhooks.js';

const require = createRequire(import.meta.url);
const { TABLES } = require(join(import.meta.dirname, '../../migrations/support/tables.cjs')) as {
  readonly TABLES: Readonly<Record<string, readonly string[]>>;
};

describe('The rules of a move', () => {
  let database: OpenDatabase;
  before(async () => (database = await openSqlDatabase('SQLite')));
  after(() => database.close());

  it('The rules of a move know every table of a shop, each once', async () => {
    const real = (await database.sequelize.getQueryInterface().showAllTables())
      .map(String)
      .filter((name) => !name.startsWith('sqlite_'));
    const ruled = [
      ...tablesOf(CONTEXT_NAMES, database.sequelize).map(({ name }) => name),
      ...Object.keys(PLATFORM_TABLES),
    ];
    expect(ruled).to.have.members(real);
  });

  it('The rules of a move find the tables of a context where the migrations create them', () => {
    for (const context of CONTEXT_NAMES)
      expect(tablesOf([context], database.sequelize).map(({ name }) => name)).to.have.members(
        TABLES[context] ?? [],
      );
  });
});

interface Customer {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
}

const PASSWORD = 'a long enough password';

onEverySqlDatabase('A shop that is moved', (name) => {
  let folder: string;
  const opened: OpenDatabase[] = [];
  /** The customers go to SQLite from every database: the kinds may be mixed. */
  const newDatabase = async (of?: BackendName): Promise<OpenDatabase> => {
    const made = await openSqlDatabase(of === 'customer' ? 'SQLite' : name, { migrated: false });
    opened.push(made);
    return made;
  };
  /** Returns where the data of a closed shop is: libsql does not close a file before its statements are collected. */
  const closedAt = async (url: string): Promise<string> => {
    if (!url.startsWith('sqlite:')) return url;
    const copy = join(await mkdtemp(join(folder, 'closed-')), 'shop.db');
    backUpFile(url.replace('sqlite:', ''), copy);
    return `sqlite:${copy}`;
  };
  const variables = (whole: string, services: Readonly<Record<BackendName, string>>) => ({
    ...testVariables(),
    DATABASE_URL: whole,
    ...Object.fromEntries(
      BACKEND_NAMES.map((each) => [`${each.toUpperCase()}_DATABASE_URL`, services[each]] as const),
    ),
  });
  const ofEach = async <Value>(make: (service: BackendName) => Promise<Value>) => {
    const made = {} as Record<BackendName, Value>;
    for (const service of BACKEND_NAMES) made[service] = await make(service);
    return made;
  };
  const readonlyScope = (
    url: string,
    contexts: readonly ContextName[],
  ): SqlScope & { sequelize: Sequelize } => ({
    kind: 'sql',
    sequelize: connect({ url, currency: 'USD', contexts, poolMax: 1 }),
    transaction: undefined,
  });
  const rowsIn = async (url: string, contexts: readonly ContextName[]) => {
    const scope = readonlyScope(url, contexts);
    try {
      const rows: Record<string, readonly object[]> = {};
      for (const table of movedTables(contexts, scope.sequelize))
        rows[table.name] = (await findRows(table, {}, scope)) as readonly object[];
      return rows;
    } finally {
      await scope.sequelize.close();
    }
  };
  const platformIn = async (url: string, contexts: readonly ContextName[]) => {
    const scope = readonlyScope(url, contexts);
    const { keys, usage } = replyTables(scope.sequelize);
    const { deliveries } = outboxTables(scope.sequelize);
    try {
      return {
        keys: await findRows(keys, {}, scope),
        usage: await findRows(usage, {}, scope),
        dead: (await findRows(deliveries, {}, scope)).filter(({ state }) => state === 'dead_lettered'),
      };
    } finally {
      await scope.sequelize.close();
    }
  };

  let urls: { whole: string; services: Record<BackendName, string> };
  let http: HttpClient;
  let ada: Customer;
  let adminToken: string;
  const ids = { teapot: '', kept: '', ended: '', open: '', ofBea: '', ofCarl: '', keyed: '' };

  /** Of a webhook endpoint: it is away until the shop is moved. */
  let receiver: WebhookReceiver;
  /** Number of messages that it has refused. */
  let refused = 0;
  /** A subscriber that fails, until the shop is moved. */
  const received: string[] = [];
  const subscriberThat = (handle: (orderId: string) => Promise<void>): ShopSubscriber<'order.placed'> => ({
    name: 'tests.orders',
    types: ['order.placed'],
    handle: ({ aggregateId }) => handle(aggregateId),
  });
  const failing = subscriberThat(() => Promise.reject(new Error('away')));
  const working = subscriberThat((orderId) => {
    received.push(orderId);
    return Promise.resolve();
  });

  const signUp = async (address: string): Promise<Customer> => {
    const { body } = await http.post('/auth/signup', {
      json: { name: address, email: `${address}@customers.test`, password: PASSWORD },
    });
    const { accessToken, refreshToken, user } = body as {
      accessToken: string;
      refreshToken: string;
      user: { id: string; email: string };
    };
    return { id: user.id, email: user.email, token: accessToken, refreshToken };
  };
  const order = async ({ token }: Customer, quantity: number, key?: string) => {
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    const { status } = await http.post('/cart', { token, json: { productId: ids.teapot, quantity } });
    expect(status).to.be.oneOf([200, 201]);
    return http.post('/orders', { token, headers, json: {} });
  };
  const orderOf = async (customer: Customer, quantity: number, key?: string): Promise<string> => {
    const { status, body } = await order(customer, quantity, key);
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.id as string;
  };
  const cancel = async ({ token }: Customer, id: string): Promise<void> => {
    const { status } = await http.patch(`/orders/${id}`, { token, json: { status: 'cancelled' } });
    expect(status).to.equal(200);
  };
  const statusOf = async (id: string): Promise<string> =>
    (await http.get(`/orders/${id}`, { token: adminToken })).body.status as string;
  const stock = async (): Promise<number> =>
    (await http.get(`/products/${ids.teapot}`)).body.quantity as number;
  /** How often stock came back for an order. */
  const returnsFor = async (id: string): Promise<number> => {
    const path = `/products/${ids.teapot}/stock-adjustments?limit=100`;
    const { items } = (await http.get(path, { token: adminToken })).body as {
      items: readonly { orderId: string | null; reason: string }[];
    };
    return items.filter(({ orderId, reason }) => orderId === id && reason === 'cancellation').length;
  };
  /** Whether the webhook endpoint has received that an order was cancelled. */
  const isToldOf = (orderId: string): boolean =>
    receiver.received.some(
      ({ message }) => message.type === 'order.cancelled' && message.data['orderId'] === orderId,
    );
  const retry = () =>
    http.post('/orders', { token: ada.token, headers: { 'Idempotency-Key': 'before' }, json: {} });

  /** Fills a shop in one process, and leaves undone what its events would have had done. */
  const fill = async (shop: TestShop): Promise<void> => {
    http = client(shop.url, shop.http.openApi);
    adminToken = (await http.post('/auth/login', { json: shop.administrator })).body.accessToken as string;
    const admin = { token: adminToken };
    const endpoint = { url: receiver.url, eventTypes: ['product.created', 'order.cancelled'] };
    expect((await http.post('/webhooks', { ...admin, json: endpoint })).status).to.equal(201);
    const category = await http.post('/categories', { ...admin, json: { name: 'Pots', description: '' } });
    const product = {
      ...{ name: 'Teapot', description: 'Round', price: 12.5, quantity: 100, sku: 'TP-1' },
      categoryId: category.body.id as string,
    };
    ids.teapot = (await http.post('/products', { ...admin, json: product })).body.id as string;
    ada = await signUp('ada');
    const [bea, carl] = [await signUp('bea'), await signUp('carl')];
    ids.kept = await orderOf(ada, 1, 'before');
    ids.ended = await orderOf(ada, 2);
    await cancel(ada, ids.ended);
    ids.open = await orderOf(ada, 3);
    ids.ofBea = await orderOf(bea, 4, 'of bea');
    ids.ofCarl = await orderOf(carl, 5);
    await http.post('/cart', {
      token: ada.token,
      headers: { 'Idempotency-Key': 'of the cart' },
      json: { productId: ids.teapot, quantity: 7 },
    });
    // Dispatched, so that they are not to be dispatched by themselves.
    await eventually(
      async () => !(await shop.parts.persistence.outside.outbox.hasUndispatched()),
      'a dispatch',
    );
    await shop.parts.relay.stop();
    expect((await http.delete(`/customers/${bea.id}`, admin)).status).to.equal(204);
    expect((await http.patch(`/users/${carl.id}`, { ...admin, json: { disabled: true } })).status).to.equal(
      200,
    );
  };

  before(async function () {
    this.timeout(180_000);
    folder = await mkdtemp(join(tmpdir(), 'portico-moves-'));
    const { url } = await newDatabase();
    receiver = await webhookReceiver(respondWith(503));
    const environment = { DATABASE_URL: url, WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' };
    const shop = await startTestShop({ subscribers: () => [failing] }, environment);
    await fill(shop);
    await shop.close();
    urls = {
      whole: await closedAt(url),
      services: await ofEach(async (service) => (await newDatabase(service)).url),
    };
    const given = variables(urls.whole, urls.services);
    await splitShop(readConfig(given), given);
    receiver.respond(noContent);
    refused = receiver.received.length;
  });
  after(async () => {
    await receiver.close();
    for (const database of opened) await database.close();
    await rm(folder, { recursive: true });
  });

  it(`A shop that is moved has every row of a context in the database of its service, on ${name}`, async () => {
    const source = await rowsIn(urls.whole, CONTEXT_NAMES);
    expect(source['orders']).to.have.length(5);
    for (const service of BACKEND_NAMES) {
      const moved = await rowsIn(urls.services[service], contextsOf(service));
      for (const [table, rows] of Object.entries(moved))
        expect(rows, table).to.have.deep.members([...(source[table] ?? [])]);
    }
  });

  it(`A shop that is moved counts the stored replies of each caller as before, on ${name}`, async () => {
    const source = await platformIn(urls.whole, CONTEXT_NAMES);
    expect(source.usage).to.have.length.greaterThan(0);
    for (const service of BACKEND_NAMES) {
      const moved = await platformIn(urls.services[service], contextsOf(service));
      expect(moved.keys).to.have.deep.members([...source.keys]);
      expect(moved.usage).to.have.deep.members([...source.usage]);
    }
  });

  it(`A shop that is moved does not start on the database that it was moved from, on ${name}`, async () => {
    const given = variables(urls.whole, urls.services);
    const started = await startTestShop({}, given).then(
      () => 'started',
      (error: unknown) => String(error),
    );
    expect(started).to.contain('was moved to others');
  });

  describe(`A shop that is moved to services, on ${name}`, () => {
    let shop: TestServices;
    before(async () => {
      shop = await testServices({
        databases: urls.services,
        environment: { WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' },
        overrides: (service) => (service === 'transaction' ? { subscribers: () => [working] } : {}),
      });
      http = client(shop.url, shop.http.openApi);
    });
    after(() => shop.close());

    it(`A shop that is moved to services accepts tokens from before, on ${name}`, async () => {
      expect((await http.get('/auth/me', { token: ada.token })).status).to.equal(200);
      const { status, body } = await http.post('/auth/refresh', { json: { refreshToken: ada.refreshToken } });
      expect(status).to.equal(200);
      ada = {
        ...ada,
        token: body.accessToken as string,
        refreshToken: body.refreshToken as string,
      };
    });

    it(`A shop that is moved to services replays a reply from before, on ${name}`, async () => {
      const { status, body, headers } = await retry();
      expect([status, body.id, headers['idempotent-replayed']]).to.deep.equal([201, ids.kept, 'true']);
    });

    it(`A shop that is moved to services ends what had begun, on ${name}`, async () => {
      await eventually(
        async () => (await statusOf(ids.ofBea)) === 'cancelled',
        'the orders of an erased person',
      );
      await eventually(async () => (await statusOf(ids.ofCarl)) === 'cancelled', 'those of a disabled one');
      await eventually(async () => (await stock()) === 96, 'their stock');
      await eventually(async () => {
        const all = await ofEach((service) => platformIn(urls.services[service], contextsOf(service)));
        const callers = new Set(Object.values(all).flatMap(({ keys }) => keys.map(({ caller }) => caller)));
        return callers.size === 1;
      }, 'no stored reply of an erased person');
    });

    it(`A shop that is moved to services delivers what a subscriber had not received, on ${name}`, async () => {
      const orders = [ids.kept, ids.ended, ids.open, ids.ofBea, ids.ofCarl];
      await eventually(() => orders.every((id) => received.includes(id)), 'the events of all orders');
    });

    it(`A shop that is moved to services sends what a webhook endpoint had not received, on ${name}`, async () => {
      const wanted = [
        { type: 'product.created', data: { productId: ids.teapot, version: 1 } },
        {
          type: 'order.cancelled',
          data: { orderId: ids.ended, version: 2, status: 'cancelled', customerId: ada.id },
        },
      ];
      const isSent = ({ type, data }: (typeof wanted)[number]): boolean =>
        receiver.received
          .slice(refused)
          .some(({ message }) => message.type === type && isDeepStrictEqual(message.data, data));
      await eventually(() => wanted.every(isSent), 'the events from before');
    });

    it(`A shop that is moved to services returns the stock of an order from before once, on ${name}`, async () => {
      await withdrawn(shop);
      await cancel(ada, ids.open);
      await eventually(async () => (await stock()) === 99, 'the stock');
      await eventually(() => isToldOf(ids.open), 'its webhook');
      expect(await returnsFor(ids.open)).to.equal(1);
      expect(await returnsFor(ids.ended)).to.equal(1);
    });

    it(`A shop that is moved to services still has the cart, and sells it, on ${name}`, async () => {
      const { status, body } = await http.post('/orders', {
        token: ada.token,
        headers: { 'Idempotency-Key': 'between' },
        json: {},
      });
      expect(status).to.equal(201);
      ids.keyed = body.id as string;
      expect(await stock()).to.equal(92);
    });

    it(`A shop that is moved to services dead-letters no event, on ${name}`, async () => {
      const all = await ofEach((service) => platformIn(urls.services[service], contextsOf(service)));
      expect(Object.values(all).flatMap(({ dead }) => dead)).to.deep.equal([]);
    });
  });

  describe(`A shop that is moved back to one process, on ${name}`, () => {
    let shop: TestShop;
    before(async function () {
      this.timeout(180_000);
      // What is cancelled now has its stock returned by an event that is still to be delivered.
      const closing = await testServices({ databases: urls.services });
      http = client(closing.url, closing.http.openApi);
      await closing.services.transaction.parts.relay.stop();
      await cancel(ada, ids.keyed);
      await closing.close();
      const { url } = await newDatabase();
      const services = await ofEach((service) => closedAt(urls.services[service]));
      const given = variables(url, services);
      await mergeServices(readConfig(given), given);
      urls = { whole: url, services };
      shop = await startTestShop({}, { DATABASE_URL: url, WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' });
      http = client(shop.url, shop.http.openApi);
    });
    after(() => shop.close());

    it(`A shop that is moved back to one process has every row of the services, on ${name}`, async () => {
      const merged = await rowsIn(urls.whole, CONTEXT_NAMES);
      for (const service of BACKEND_NAMES.filter((each) => each !== 'user')) {
        const rows = await rowsIn(urls.services[service], contextsOf(service));
        for (const [table, all] of Object.entries(rows))
          expect(merged[table], table).to.have.deep.members([...all]);
      }
    });

    it(`A shop that is moved back to one process has the stock that was on its way, once, on ${name}`, async () => {
      expect(await stock()).to.equal(99);
      expect(await returnsFor(ids.keyed)).to.equal(1);
    });

    it(`A shop that is moved back to one process sends what a webhook endpoint had not received, on ${name}`, async () => {
      await eventually(() => isToldOf(ids.keyed), 'the event');
    });

    it(`A shop that is moved back to one process replays replies of both shapes, on ${name}`, async () => {
      const { body, headers } = await retry();
      expect([body.id, headers['idempotent-replayed']]).to.deep.equal([ids.kept, 'true']);
      const key = { 'Idempotency-Key': 'between' };
      const again = await http.post('/orders', { token: ada.token, headers: key, json: {} });
      expect([again.body.id, again.headers['idempotent-replayed']]).to.deep.equal([ids.keyed, 'true']);
    });

    it(`A shop that is moved back to one process accepts tokens from before, and orders, on ${name}`, async () => {
      expect(await statusOf(await orderOf(ada, 1))).to.equal('pending');
      const { status } = await http.post('/auth/refresh', { json: { refreshToken: ada.refreshToken } });
      expect(status).to.equal(200);
    });
  });
});
