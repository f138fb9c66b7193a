import { expect } from 'chai';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Shop } from '#src/main/shop.js';
import { anOrder } from '../support/builders/ordering.js';
import { newId } from '../support/builders/ids.js';
import { rejectionOf } from '../support/contract-tools.js';
import { client, type HttpClient } from '../support/http-client.js';
import { testServices, type TestServicesOptions } from '../support/test-services.js';
import { testShop } from '../support/test-shop.js';

const ADDRESS = { name: 'Ada', line1: '1 Rose Lane', city: 'Dublin', country: 'IE' };
/** More than two pages. */
const ORDERS = 120;

/** Puts other values in the place of ids, numbers of orders and times, which no two shops share. */
const normal = (document: object): unknown =>
  JSON.parse(
    JSON.stringify(document)
      .replaceAll(/"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"id"')
      .replaceAll(/"number":"[\w-]+"/g, '"number":"number"')
      .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"time"')
      .replaceAll(/"addressHash":"[^"]+"/g, '"addressHash":"hash"'),
  );

/** Lives a life of which every context stores something; returns the person's token. */
const live = async (http: HttpClient, ordering: Shop): Promise<string> => {
  const signUp = { name: 'Ada', email: 'ada@customers.test', password: 'a long enough password' };
  const { body } = await http.post('/auth/signup', { json: signUp });
  const token = body.accessToken as string;
  await http.patch('/customers/me', { token, json: { phone: '+353 1 234567' } });
  await http.post('/customers/me/addresses', { token, json: ADDRESS });
  const administrator = { email: 'admin@shop.test', password: 'correct horse battery staple' };
  const { body: logIn } = await http.post('/auth/login', { json: administrator });
  const json = { name: 'Mug', description: '', price: 5, quantity: 3 };
  const { body: product } = await http.post('/products', { token: logIn.accessToken as string, json });
  await http.post('/cart', { token, json: { productId: product.id as string, quantity: 2 } });
  const customerId = body.user.id as CustomerId;
  await ordering.parts.persistence.transact(async ({ orders }) => {
    for (let placed = 0; placed < ORDERS; placed += 1)
      await orders.add(anOrder({ customerId, createdAt: new Date(Date.UTC(2026, 0, 1, 0, placed)) }));
    await orders.add(anOrder({ customerId: newId() }));
  });
  return token;
};

describe('An export across services', () => {
  const exported = (http: HttpClient, token: string) => http.get('/customers/me/export', { token });
  const start = async (options?: TestServicesOptions) => {
    const shop = await testServices(options);
    const http = client(shop.url, shop.http.openApi);
    return { shop, http, token: await live(http, shop.services.transaction) };
  };

  it('An export across services is that of the same life in one process', async () => {
    const { shop, http, token } = await start();
    const whole = await testShop();
    const wholeToken = await live(whole, whole.shop);
    const [split, together] = [await exported(http, token), await exported(whole, wholeToken)];
    expect(split.status).to.equal(200);
    expect(split.body.orders).to.have.length(ORDERS);
    expect(split.body.cart.items).to.have.length(1);
    expect(Object.keys(split.body as object)).to.deep.equal(Object.keys(together.body as object));
    expect(normal(split.body as object)).to.deep.equal(normal(together.body as object));
    await whole.close();
    await shop.close();
  });

  for (const name of ['customer', 'transaction'] as const)
    it(`An export across services is refused, not begun, while ${name} is away`, async () => {
      const { shop, http, token } = await start();
      await shop.services[name].close();
      const { status, body } = await exported(http, token);
      expect([status, body.code]).to.deep.equal([503, 'service_unavailable']);
      await shop.close();
    });

  it('An export across services breaks off when a list cannot be read to its end', async () => {
    const { shop, http, token } = await start({
      overrides: {
        replaceRepositories: () => ({
          orders: (original) => ({
            ...original,
            list: (filter, page) =>
              page.after === null ? original.list(filter, page) : Promise.reject(new Error('no disk')),
          }),
        }),
      },
    });
    expect(await rejectionOf(exported(http, token))).to.match(/terminated/);
    await shop.close();
  });

  it('An export across services is that of nobody once the account is gone, although the profile is not yet', async () => {
    const { shop, http, token } = await start({
      overrides: {
        replaceRepositories: () => ({
          orders: (original) => ({
            ...original,
            list: async (filter, page) => {
              const found = await original.list(filter, page);
              if (page.after !== null)
                await shop.services.user.parts.persistence.transact(async ({ users }) => {
                  const user = await users.find(filter.customerId as never);
                  if (user !== null) await users.remove(user);
                });
              return found;
            },
          }),
        }),
      },
    });
    expect(await rejectionOf(exported(http, token))).to.match(/terminated/);
    await shop.close();
  });
});
