import { expect } from 'chai';
import type { CustomerId } from '#src/kernel/ids.js';
import { BACKEND_NAMES } from '#src/main/services.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, aShippingAddress } from '../support/builders/ordering.js';
import { openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { client, type Received } from '../support/http-client.js';
import { closeDatabases, forEachService, urlsOf, type OfEachService } from '../support/service-databases.js';
import { testServices, type TestServicesOptions } from '../support/test-services.js';
import { watchedDatabase, type Rows } from '../security/watched-database.js';
import { traces } from './found.js';

const ADA = {
  name: 'Ottilie Brandywine',
  email: 'Ottilie.Brandywine@Second-Mail.Example',
  phone: '+353 87 5550177',
  line1: '71 Hawthornbury Lane',
  gift: '44 Larkspurbury Lane',
};
const PASSWORD = 'a long enough password';

/** Where an erased person's id may stand, as a pseudonym. */
const MAY_REMAIN = [
  'audit_entries',
  'bulk_cancellations',
  'orders',
  'outbox_deliveries',
  'outbox_events',
  'people',
];

type Services = Awaited<ReturnType<typeof start>>;

const start = async (options: TestServicesOptions = {}) => {
  const shop = await testServices(options);
  const http = client(shop.url, shop.http.openApi);
  const { body } = await http.post('/auth/login', { json: shop.administrator });
  const admin = { token: body.accessToken as string };
  const { transaction } = shop.services;
  const order = async (order: Parameters<typeof anOrder>[0]) => {
    const placed = anOrder(order);
    await transaction.parts.persistence.transact(({ orders }) => orders.add(placed));
    return placed.id;
  };
  let people = 0;
  return {
    ...{ shop, http, admin, order },
    signUp: async (entry: { readonly name?: string; readonly email?: string } = {}) => {
      people += 1;
      const json = {
        name: 'Ada',
        email: `ada-${String(people)}@customers.test`,
        password: PASSWORD,
        ...entry,
      };
      const { body: signedUp } = await http.post('/auth/signup', { json });
      const caller = { token: signedUp.accessToken as string };
      await http.get('/customers/me', caller); // the profile
      return { id: signedUp.user.id as CustomerId, caller, email: json.email };
    },
    statusOf: async (id: string) => (await http.get(`/orders/${id}`, admin)).body as { status: string },
  };
};

const problem = ({ status, body }: Received): readonly unknown[] => [status, body?.code];

/** The name of each database and table with the id or the facts. */
const tracesIn = (rows: OfEachService<Rows>, texts: readonly string[]): readonly string[] =>
  BACKEND_NAMES.flatMap((name) => traces(rows[name], texts).map((trace) => `${name} ${trace}`));

describe('An erasure across services', () => {
  it('An erasure across services leaves nothing in any database but orders, events and entries under a pseudonym', async () => {
    const databases = await forEachService(() => openSqlDatabase('SQLite', { migrated: false }));
    const services = await start({ databases: urlsOf(databases) });
    const { shop, http, admin, signUp, order } = services;
    const { id, caller, email } = await signUp({ name: ADA.name, email: ADA.email });
    const once = (path: string, json: object, by = caller) =>
      http.post(path, { ...by, json, headers: { 'Idempotency-Key': `life-${path}` } });
    await http.patch('/customers/me', { ...caller, json: { phone: ADA.phone } });
    const address = { name: ADA.name, line1: ADA.line1, city: 'Dublin', country: 'IE' };
    expect((await once('/customers/me/addresses', address)).status).to.equal(201);
    const { body: product } = await once(
      '/products',
      { name: 'Mug', description: '', price: 5, quantity: 9 },
      admin,
    );
    expect((await once('/cart', { productId: product.id as string, quantity: 2 })).status).to.equal(200);
    const shippingAddress = aShippingAddress({ line1: ADA.gift });
    const delivered = await order({ customerId: id, status: 'delivered', shippingAddress });
    const pending = await order({ customerId: id, shippingAddress });
    const other = await order({ shippingAddress: aShippingAddress() });

    const rows = () => forEachService((name) => watchedDatabase(databases[name]).rows());
    const facts = Object.values(ADA);
    const before = tracesIn(await rows(), facts).join();
    for (const name of ['user users', 'customer customers', 'customer addresses', 'transaction orders'])
      expect(before).to.include(name);
    expect(before).to.include('customer idempotency_keys');
    expect(tracesIn(await rows(), [id]).join())
      .to.include('transaction carts')
      .and.include('idempotency_keys');

    expect((await http.delete('/customers/me', caller)).status).to.equal(204);
    const left = async () => {
      const stored = await rows();
      const tables = tracesIn(stored, [id]).map((trace) => trace.split(' ')[1]?.split('.')[0] ?? '');
      return [...tracesIn(stored, facts), ...tables.filter((table) => !MAY_REMAIN.includes(table))];
    };
    await eventually(async () => (await left()).length === 0, 'the end of the erasure').catch(async () =>
      expect(await left()).to.deep.equal([]),
    );
    const { body: orders } = await http.get('/orders?limit=10', admin);
    const statuses = new Map(
      (orders.items as readonly { id: string; status: string; userId: string }[]).map((each) => [
        each.id,
        each,
      ]),
    );
    expect(statuses.get(delivered)).to.include({ status: 'delivered', userId: id });
    expect(statuses.get(pending)).to.include({ status: 'cancelled', userId: id });
    expect(statuses.get(other)).to.include({ status: 'pending' });
    expect((await signUp({ email })).id).not.to.equal(id);
    await shop.close();
    await closeDatabases(databases);
  });

  describe('in memory', () => {
    let services: Services;
    let isReached = true;
    before(async () => {
      services = await start({
        overrides: {
          receiveEvents: (original) => (events) =>
            isReached ? original()(events) : Promise.reject(new Error('the process is away')),
        },
      });
    });
    after(() => services.shop.close());

    const isErased = (id: string) => async () =>
      (await services.http.get(`/customers/${id}`, services.admin)).status === 404;

    it('An erasure across services is refused while an order is confirmed, and then changes nothing', async () => {
      const { http, admin, signUp, order } = services;
      const { id, caller } = await signUp();
      const open = await order({ customerId: id, status: 'confirmed' });
      const pending = await order({ customerId: id });
      expect(problem(await http.delete('/customers/me', caller))).to.deep.equal([409, 'open_orders']);
      expect((await http.get('/customers/me', caller)).status).to.equal(200);
      const confirmed = await http.patch(`/orders/${pending}`, { ...admin, json: { status: 'confirmed' } });
      expect(confirmed.status).to.equal(200);
      for (const [orderId, status] of [
        [open, 'cancelled'],
        [pending, 'cancelled'],
      ] as const)
        await http.patch(`/orders/${orderId}`, { ...admin, json: { status } });
      expect((await http.delete('/customers/me', caller)).status).to.equal(204);
    });

    it('An erasure across services happens only while If-Match names the version of the profile', async () => {
      const { http, signUp } = services;
      const { caller } = await signUp();
      await http.patch('/customers/me', { ...caller, json: { phone: '1' } });
      const erase = (tag: string) =>
        http.delete('/customers/me', { ...caller, headers: { 'If-Match': tag } });
      expect(problem(await erase('"1"'))).to.deep.equal([412, 'precondition_failed']);
      expect((await erase('"2"')).status).to.equal(204);
    });

    it('An erasure across services is refused to the last administrator, who can go on at once', async () => {
      const { http, admin, order } = services;
      expect(problem(await http.delete('/customers/me', admin))).to.deep.equal([409, 'last_admin']);
      const { body } = await http.get('/customers/me', admin);
      const pending = await order({ customerId: body.id as CustomerId });
      const { status } = await http.patch(`/orders/${pending}`, { ...admin, json: { status: 'confirmed' } });
      expect(status).to.equal(200);
    });

    it('An erasure across services ends the sessions at once, and the rest when the other processes are reached', async () => {
      const { http, admin, signUp, order, statusOf, shop } = services;
      const { id, caller } = await signUp();
      const pending = await order({ customerId: id });
      isReached = false;
      expect((await http.delete('/customers/me', caller)).status).to.equal(204);
      expect((await http.get('/auth/me', caller)).status).to.equal(401);
      expect((await http.get('/cart', caller)).status).to.equal(401);
      expect(problem(await http.delete(`/customers/${id}`, admin))).to.deep.equal([
        404,
        'customer_not_found',
      ]);
      const confirmed = await http.patch(`/orders/${pending}`, { ...admin, json: { status: 'confirmed' } });
      expect(problem(confirmed)).to.deep.equal([409, 'customer_erased']);
      expect((await http.get(`/customers/${id}`, admin)).status).to.equal(200);
      isReached = true;
      await eventually(isErased(id), 'the profile to be erased');
      await eventually(async () => (await statusOf(pending)).status === 'cancelled', 'the cancellation');

      const event: OutboxEvent = {
        ...{ id: newId(), sequence: 0, type: 'user.created', aggregateId: id, version: 1 },
        ...{ occurredAt: new Date(), data: {} },
      };
      await shop.services.customer.parts.receiveEvents([event]);
      expect(await isErased(id)()).to.equal(true);
    });

    it('An erasure across services is received once, however often its event comes', async () => {
      const { shop, order, signUp } = services;
      const { id } = await signUp();
      await order({ customerId: id, status: 'delivered' });
      const event: OutboxEvent = {
        ...{ id: newId(), sequence: 0, type: 'erasure.started', aggregateId: newId(), version: 1 },
        ...{ occurredAt: new Date(), data: { customerId: id } },
      };
      for (const name of ['customer', 'product', 'transaction'] as const)
        for (let times = 0; times < 2; times += 1) await shop.services[name].parts.receiveEvents([event]);
      const { bulkCancellations } = shop.services.transaction.parts.persistence.outside;
      const found = await bulkCancellations.list({ customerId: id }, { limit: 2, after: null });
      expect(found.items).to.have.length(1);
    });
  });

  for (const name of ['customer', 'transaction'] as const)
    it(`An erasure across services changes nothing while ${name} is away`, async () => {
      const { shop, http, signUp } = await start();
      const { caller } = await signUp();
      await shop.services[name].close();
      expect(problem(await http.delete('/customers/me', caller))).to.deep.equal([503, 'service_unavailable']);
      expect((await http.get('/auth/me', caller)).status).to.equal(200);
      await shop.close();
    });
});
