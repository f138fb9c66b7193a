import { expect } from 'chai';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { BACKEND_NAMES } from '#src/main/services.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient } from '../support/http-client.js';
import { startServer, startServices, type Ended } from '../support/server-process.js';

const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

const connectTo = async ({ url }: { readonly url: string }): Promise<HttpClient> => {
  const openApi = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;
  return client(url, openApi);
};

const expectStatus = <A extends { status: number; body: unknown }>(status: number, answer: A): A => {
  expect(answer.status, JSON.stringify(answer.body)).to.equal(status);
  return answer;
};

/** Signs up, stocks the shop, and orders; the way that both journeys begin. */
const orderSomething = async (http: HttpClient) => {
  const admin = expectStatus(200, await http.post('/auth/login', { json: ADMIN })).body.accessToken as string;
  const category = expectStatus(
    201,
    await http.post('/categories', { token: admin, json: { name: `Books ${String(performance.now())}` } }),
  ).body.id as string;
  const product = expectStatus(
    201,
    await http.post('/products', {
      token: admin,
      json: {
        name: 'Moby-Dick 🐋',
        description: 'A whale.',
        price: 19.99,
        quantity: 5,
        categoryId: category,
      },
    }),
  ).body.id as string;
  const signUp = {
    name: 'Ishmael',
    email: `ishmael-${String(performance.now())}@sea.test`,
    password: 'call me ishmael',
  };
  const token = expectStatus(201, await http.post('/auth/signup', { json: signUp })).body
    .accessToken as string;
  expectStatus(
    201,
    await http.post('/customers/me/addresses', {
      token,
      json: { line1: '1 Water Street', city: 'Nantucket', postalCode: '02554', country: 'US' },
    }),
  );
  expectStatus(200, await http.post('/cart', { token, json: { productId: product, quantity: 2 } }));
  const placed = expectStatus(201, await http.post('/orders', { token, json: { expectedTotal: 39.98 } }));
  return { admin, token, product, order: placed.body as { id: string; status: string; totalPrice: number } };
};

const quantityOf = async (http: HttpClient, product: string): Promise<number> =>
  expectStatus(200, await http.get(`/products/${product}`)).body.quantity as number;

interface Journey {
  /** Starts the shop in a folder. */
  readonly start: (folder: string) => Promise<{ readonly url: string; readonly stop: () => Promise<Ended> }>;
  /** The files of its databases in the folder. */
  readonly files: readonly string[];
}

const SHARED = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, BCRYPT_COST: '4' };

const travel = ({ start, files }: Journey): void => {
  let folder: string;
  let stop: () => Promise<Ended>;
  let http: HttpClient;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-journey-'));
    const shop = await start(folder);
    ({ stop } = shop);
    http = await connectTo(shop);
  });

  after(async () => {
    const { code, signal, stderr } = await stop();
    await rm(folder, { recursive: true });
    expect({ code, signal }, stderr).to.deep.equal({ code: 0, signal: null });
  });

  it('A journey through the built server goes from sign-up to a delivered order', async () => {
    const { admin, token, product, order } = await orderSomething(http);
    expect(order).to.include({ status: 'pending', totalPrice: 39.98 });
    expect(await quantityOf(http, product)).to.equal(3);

    for (const status of ['confirmed', 'shipped', 'delivered']) {
      expectStatus(200, await http.patch(`/orders/${order.id}`, { token: admin, json: { status } }));
    }
    const read = expectStatus(200, await http.get(`/orders/${order.id}`, { token }));
    expect(read.body).to.deep.include({ status: 'delivered', totalPrice: 39.98 });
    expect(read.body.shippingAddress.city).to.equal('Nantucket');
    const mine = expectStatus(200, await http.get('/orders/mine', { token }));
    expect(mine.body.items.map(({ id }: { id: string }) => id)).to.deep.equal([order.id]);
    expect(expectStatus(200, await http.get('/cart', { token })).body.items).to.deep.equal([]);
  });

  it('A journey through the built server goes from sign-up to a cancelled order, whose stock comes back', async () => {
    const { token, product, order } = await orderSomething(http);
    const cancel = () => http.patch(`/orders/${order.id}`, { token, json: { status: 'cancelled' } });
    expect(expectStatus(200, await cancel()).body.status).to.equal('cancelled');
    expectStatus(200, await cancel());
    // At once in one process, by an event across services.
    await eventually(async () => (await quantityOf(http, product)) === 5, 'the stock of the cancelled order');
  });

  it('A journey through the built server keeps its data in the folder it was started in, and on the embedded database only', async () => {
    const found = await readdir(folder, { recursive: true });
    expect(found.filter((file) => file.endsWith('.db'))).to.have.members(files);
    const { body } = expectStatus(200, await http.get('/products?q=grinder'));
    expect(body.items.length > 0, 'demo catalogue').to.equal(files.length > 0);
  });
};

onEverySqlDatabase('A journey through the built server', (name) => {
  travel({
    files: name === 'SQLite' ? [join('data', 'portico.db')] : [],
    start: async (cwd) => {
      const database = name === 'SQLite' ? null : await openSqlDatabase(name, { migrated: false });
      const environment = {
        ...SHARED,
        ...(database !== null && { DATABASE_URL: database.url, JWT_PRIVATE_KEY: generateSigningKey() }),
      };
      const server = await startServer({ cwd, environment });
      const stop = async (): Promise<Ended> => {
        const ended = await server.stop();
        await database?.close();
        return ended;
      };
      return { url: server.url, stop };
    },
  });
});

describe('A journey through the five services that were built', () => {
  travel({
    files: BACKEND_NAMES.map((name) => join('data', 'services', `${name}.db`)),
    start: (cwd) => startServices({ cwd, environment: SHARED }),
  });
});
