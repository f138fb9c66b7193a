import { expect } from 'chai';
import { BACKEND_NAMES, contextsOf, type BackendName } from '#src/main/services.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient } from '../support/http-client.js';
import { speak } from '../support/raw-http.js';
import { testServices, type TestServices } from '../support/test-services.js';
import { operationsOf, stock } from '../support/operations.js';
import { testServiceShop, testShop } from '../support/test-shop.js';
import { wireTo, type Wire } from '../support/wire.js';

const PERSON = { name: 'Ada', email: 'ada@customers.test', password: 'a long enough password' };

describe('The shop as five services', () => {
  let shop: TestServices;
  let http: HttpClient;
  let token: string;
  let adminToken: string;
  const ada = () => ({ token });
  const admin = () => ({ token: adminToken });

  before(async () => {
    shop = await testServices();
    http = client(shop.url, shop.http.openApi);
    adminToken = (await http.post('/auth/login', { json: shop.administrator })).body.accessToken as string;
    token = (await http.post('/auth/signup', { json: PERSON })).body.accessToken as string;
  });
  after(() => shop.close());

  it('The shop as five services has the contract of the shop in one process', async () => {
    const whole = await testShop();
    expect(shop.http.openApi).to.deep.equal(whole.shop.http.openApi);
    await whole.close();
  });

  it('The shop as five services shows a profile as soon as there is an account', async () => {
    const { status, body } = await http.get('/customers/me', ada());
    expect({ status, name: body.name, email: body.email }).to.deep.equal({
      status: 200,
      name: PERSON.name,
      email: PERSON.email,
    });
  });

  it('The shop as five services gives ten readers of one new profile the same one', async () => {
    const { body } = await http.post('/auth/signup', { json: { ...PERSON, email: 'bea@customers.test' } });
    const read = () => http.get('/customers/me', { token: body.accessToken as string });
    const profiles = await Promise.all(Array.from({ length: 10 }, read));
    expect(profiles.map(({ status }) => status)).to.deep.equal(Array<number>(10).fill(200));
    expect(new Set(profiles.map((profile) => JSON.stringify(profile.body))).size).to.equal(1);
  });

  it('The shop as five services renames the account with the profile, and the profile with the account', async () => {
    await http.patch('/customers/me', { ...ada(), json: { name: 'Ada L' } });
    expect((await http.get('/auth/me', ada())).body.name).to.equal('Ada L');
    await http.patch('/auth/me', { ...ada(), json: { name: 'Ada K' } });
    const nameOfProfile = async () => (await http.get('/customers/me', ada())).body.name as string;
    await eventually(async () => (await nameOfProfile()) === 'Ada K', 'the name of the account');
  });

  it('The shop as five services changes no name if the profile is not the expected one', async () => {
    const { status } = await http.patch('/customers/me', {
      ...ada(),
      headers: { 'If-Match': '"999"' },
      json: { name: 'Nobody' },
    });
    expect(status).to.equal(412);
    expect((await http.get('/auth/me', ada())).body.name).not.to.equal('Nobody');
  });

  it('The shop as five services creates a customer with an account, and refuses an address that is taken', async () => {
    const json = { name: 'Cem', email: 'cem@customers.test', phone: '123' };
    const { status, body } = await http.post('/customers', { ...admin(), json });
    expect({ status, name: body.name, phone: body.phone }).to.deep.equal({
      status: 201,
      name: 'Cem',
      phone: '123',
    });
    const again = await http.post('/customers', { ...admin(), json });
    expect([again.status, again.body.code]).to.deep.equal([409, 'email_taken']);
  });

  it('The shop as five services fills a cart with products of the catalogue, at its prices', async () => {
    const { body: product } = await http.post('/products', {
      ...admin(),
      json: { name: 'Mug', description: 'Large', price: 5, quantity: 3 },
    });
    const { status, body } = await http.post('/cart', {
      ...ada(),
      json: { productId: product.id as string, quantity: 2 },
    });
    expect({ status, totalPrice: body.totalPrice }).to.deep.equal({ status: 200, totalPrice: 10 });
    expect((await http.get('/cart', ada())).body.items).to.have.length(1);
  });

  it('The shop as five services has one audit log', async () => {
    const { body } = await http.post('/categories', { ...admin(), json: { name: 'Cups' } });
    const subjects = async () => {
      const { body: log } = await http.get('/audit-log?limit=100', admin());
      return (log.items as readonly { readonly subjectId: string }[]).map(({ subjectId }) => subjectId);
    };
    await eventually(async () => (await subjects()).includes(body.id as string), 'the entry of the category');
  });

  it('The shop as five services ends a session for all of them at once', async () => {
    const { email, password } = PERSON;
    const { body } = await http.post('/auth/login', { json: { email, password } });
    const session = { token: body.accessToken as string };
    expect((await http.get('/cart', session)).status).to.equal(200);
    await http.post('/auth/logout', session);
    for (const path of ['/cart', '/customers/me', '/orders/mine', '/auth/me'])
      expect((await http.get(path, session)).status, path).to.equal(401);
  });

  it('The shop as five services passes on no call of an internal operation, however its path is written and whatever the client claims to be', async () => {
    // What no client has, and the gateway must not pass on either.
    const claim = shop.services.gateway.parts.neighbours?.tokens.issue('user', {
      actor: null,
      address: '127.0.0.1',
    });
    const paths = BACKEND_NAMES.flatMap((name) =>
      shop.services[name].http.table.flatMap(({ path }) => (path.startsWith('/internal/') ? [path] : [])),
    );
    expect(paths).to.have.length.greaterThan(15);
    for (const path of new Set(paths)) {
      const written = [
        ...[path, `${path}/`, `/${path}`, path.toUpperCase(), `${path}?x=1`, path.replace('i', '%69')],
        ...[
          `/products/..${path}`,
          `/products/../..${path}`,
          `/cart/%2e%2e${path}`,
          `/docs/assets/..%2f..${path}`,
        ],
        ...[
          `http://127.0.0.1${path}`,
          `/.${path}`,
          `/${path.slice(1).replaceAll('/', '\\')}`,
          `/products;${path}`,
        ],
      ];
      for (const target of written)
        for (const authorization of [adminToken, claim]) {
          const head = [
            `POST ${target} HTTP/1.1`,
            ...['Host: shop.example', 'Connection: close', 'Content-Type: application/json'],
            ...[`Authorization: Bearer ${authorization}`, `Portico-Caller: ${claim}`, 'Content-Length: 2'],
          ];
          const response = await speak(shop.url, [...head, '', '{}'].join('\r\n'));
          expect(response.slice(0, 12), target).to.equal('HTTP/1.1 404');
        }
    }
  });

  it('The shop as five services accepts calls from clients at the gateway only', async () => {
    for (const url of Object.values(shop.urls))
      for (const path of ['/products', '/cart', '/internal/check', '/nowhere']) {
        const { status } = await fetch(`${url}${path}`, {
          headers: { Authorization: `Bearer ${adminToken}` },
        });
        expect(status, path).to.equal(403);
      }
  });

  it('The shop as five services is ready when all of them are, and the others go on when one is away', async () => {
    const alone = await testServices();
    const gateway = client(alone.url, alone.http.openApi);
    expect((await gateway.get('/readyz')).status).to.equal(200);
    await alone.services.customer.close();
    expect((await gateway.get('/readyz')).status).to.equal(503);
    expect((await gateway.get('/products')).status).to.equal(200);
    const { status, body } = await gateway.post('/auth/signup', { json: PERSON });
    expect(status).to.equal(201);
    const profile = await gateway.get('/customers/me', { token: body.accessToken as string });
    expect([profile.status, profile.body.code]).to.deep.equal([503, 'service_unavailable']);
    await alone.close();
  });

  it('The shop as five services responds to each call of a service that is away, and to no read of another one, with a documented 503', async () => {
    const alone = await testServiceShop();
    const { services } = alone.shop;
    const operations = operationsOf(alone, await stock(alone));
    const calls = (name: BackendName) =>
      contextsOf(name).flatMap((context) =>
        services[name].parts.contexts[context].routes.map(({ operationId }) => operationId),
      );
    const gone = new Set(['exportMyData']); // needs all of them
    let tried = 0;
    for (const away of ['transaction', 'customer', 'user', 'product'] as const) {
      for (const call of calls(away)) gone.add(call);
      await services[away].close();
      for (const { row, body, call } of operations) {
        // Without the user service there are no callers. What a change needs of other services is tested where it is made.
        const isGone = gone.has(row.operationId) || (row.access !== 'anyone' && gone.has('getMe'));
        if (!isGone && row.method !== 'get') continue;
        if (row.operationId === 'getReadiness') continue; // of the whole shop, as above
        tried += 1;
        const { status, body: problem, headers } = await call(row.body === undefined ? {} : { json: body });
        expect(
          [status, status === 503 ? problem.code : null],
          `${row.operationId} without ${away}`,
        ).to.deep.equal(isGone ? [503, 'service_unavailable'] : [200, null]);
        expect(headers['retry-after'], row.operationId).to.equal(isGone ? '5' : undefined);
      }
    }
    expect(tried).to.be.greaterThan(150);
    await alone.close();
  });

  it('The shop as five services stops asking one that is away, and shows it in the metrics of those that ask', async () => {
    const alone = await testServices();
    const gateway = client(alone.url, alone.http.openApi);
    await alone.services.product.close();
    for (let at = 0; at < 5; at += 1) {
      const { status, body } = await gateway.get('/products');
      expect([status, body.code]).to.deep.equal([503, 'service_unavailable']);
    }
    const metrics = async () => (await fetch(`${alone.url}/metrics`)).text();
    const shown = await eventually(async () => {
      const text = await metrics();
      return text.includes('service_circuit_state{service="product",state="open"} 1') && text;
    }, 'the open circuit');
    for (const service of ['user', 'customer', 'transaction'])
      expect(shown).to.contain(`service_circuit_state{service="${service}",state="closed"} 1`);
    const { status, body } = await gateway.post('/auth/signup', { json: PERSON });
    expect(status).to.equal(201);
    const cart = await gateway.get('/cart', { token: body.accessToken as string });
    expect(cart.status).to.equal(200);
    await alone.close();
  });

  it('The shop as five services shows a cart at the latest prices it knows while the products are away, and orders nothing', async () => {
    const alone = await testServices();
    const gateway = client(alone.url, alone.http.openApi);
    const manager = await gateway.post('/auth/login', { json: alone.administrator });
    const customer = await gateway.post('/auth/signup', { json: PERSON });
    const as = { token: customer.body.accessToken as string };
    const product = async (name: string) => {
      const json = { name, description: name, price: 5, quantity: 3 };
      const { body } = await gateway.post('/products', { token: manager.body.accessToken as string, json });
      return body.id as string;
    };
    const [mug, cup] = [await product('Mug'), await product('Cup')];
    await gateway.post('/cart', { ...as, json: { productId: mug, quantity: 2 } });
    const current = await gateway.get('/cart', as);
    expect(current.body.pricesAsOf).to.equal(null);

    await alone.services.product.close();
    const stale = await gateway.get('/cart', as);
    const { pricesAsOf, ...others } = stale.body as { readonly pricesAsOf: string };
    expect({ ...others, pricesAsOf: null }).to.deep.equal(current.body);
    expect(Date.parse(pricesAsOf)).to.be.closeTo(Date.now(), 600_000);
    expect(stale.headers['etag']).not.to.equal(current.headers['etag']);
    const changed = await gateway.put(`/cart/${mug}`, { ...as, json: { quantity: 3 } });
    expect(changed.body).to.include({ totalPrice: 15, pricesAsOf });
    const added = await gateway.post('/cart', { ...as, json: { productId: cup } });
    expect([added.status, added.body.code]).to.deep.equal([503, 'service_unavailable']);
    const ordered = await gateway.post('/orders', { ...as, json: {} });
    expect([ordered.status, ordered.body.code]).to.deep.equal([503, 'service_unavailable']);
    expect((await gateway.get('/orders/mine', as)).body.items).to.deep.equal([]);
    await alone.close();
  });

  it('The shop as five services takes an order at the prices of the moment, never at those of copies that its cart was shown with', async () => {
    const wires: Wire[] = [];
    const alone = await testServices({
      reachedAt: async (name, url) => {
        if (name !== 'product') return url;
        const wire = await wireTo(Number(new URL(url).port));
        wires.push(wire);
        return `http://127.0.0.1:${String(wire.port)}`;
      },
    });
    const gateway = client(alone.url, alone.http.openApi);
    const manager = {
      token: (await gateway.post('/auth/login', { json: alone.administrator })).body.accessToken as string,
    };
    const customer = {
      token: (await gateway.post('/auth/signup', { json: PERSON })).body.accessToken as string,
    };
    const json = { name: 'Mug', description: 'Large', price: 5, quantity: 3 };
    const mug = (await gateway.post('/products', { ...manager, json })).body.id as string;
    await gateway.post('/cart', { ...customer, json: { productId: mug, quantity: 2 } });
    for (const wire of wires) wire.breakAt('/internal/', 'before');
    const { body: cart } = await gateway.get('/cart', customer);
    expect(cart.totalPrice).to.equal(10);
    expect(cart.pricesAsOf).to.be.a('string');
    for (const wire of wires) wire.mend();

    const changed = await gateway.patch(`/products/${mug}`, { ...manager, json: { price: 6 } });
    expect(changed.status).to.equal(200);
    const refused = await gateway.post('/orders', { ...customer, json: { expectedTotal: 10 } });
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'total_changed']);
    const placed = await gateway.post('/orders', { ...customer, json: { expectedTotal: 12 } });
    expect([placed.status, placed.body.totalPrice]).to.deep.equal([201, 12]);
    await alone.close();
    for (const wire of wires) wire.close();
  });
});
