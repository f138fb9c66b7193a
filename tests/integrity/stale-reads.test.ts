import { setTimeout as pass } from 'node:timers/promises';
import { expect } from 'chai';
import { onEverySqlDatabase, onServer, type SqlDatabaseName } from '../support/databases.js';
import type { HttpClient, Received } from '../support/http-client.js';
import { markdownTable } from '../support/markdown.js';
import { attackedShop, type AttackedShop } from './attacked-shop.js';
import { agesOfReads, type Ages } from './catalogue-ages.js';
import { seededRandom, type Random } from './random.js';
import { FULL, SEED } from './tier.js';

/** The default of `CATALOG_MAX_STALE_MS`. */
const BOUND_MS = 250;
const PRODUCTS = 6;
const READERS = 6;
/** Reads of each reader. */
const READS = FULL ? 5_000 : 400;
const SOLD = 1_000_000;

interface Product {
  readonly id: string;
  readonly price: number;
  readonly quantity: number;
}

const numberIn = (name: unknown): number => Number(/\d+$/.exec(String(name))?.[0]);

const metric = async (server: HttpClient, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (.*)$`, 'm').exec(String((await server.get('/metrics')).body))?.[1]);

const done = (received: Received): Received => {
  if (received.status < 400) return received;
  throw new Error(`${String(received.status)} ${JSON.stringify(received.body)}`);
};

const readOf = async (server: HttpClient, path: string) => {
  const sentAt = performance.now();
  return { body: done(await server.get(path)).body, by: { server, sentAt } };
};

/** Reads and changes the catalogue through all servers at once, and judges each read. */
const attackReads = async (shop: AttackedShop, random: Random): Promise<Ages> => {
  const ages = agesOfReads(BOUND_MS);
  const { adminToken: token, servers } = shop;
  const [first] = servers;
  if (first === undefined) throw new Error('there is no server');
  const json = { name: 'Category 1', description: '' };
  const categoryId = String(done(await first.post('/categories', { token, json })).body.id);
  const create = async (server: HttpClient, quantity: number): Promise<string> => {
    const product = { name: 'Attacked', description: '', price: 1, quantity, categoryId };
    return String(done(await server.post('/products', { token, json: product })).body.id);
  };
  const ids: string[] = [];
  for (let n = 0; n < PRODUCTS; n += 1) ids.push(await create(first, 0));
  const soldId = await create(first, SOLD);
  await pass(BOUND_MS);
  let isOver = false;

  /** Edits a product, and adds to its stock. */
  const edit = async (id: string): Promise<void> => {
    for (let [price, quantity] = [1, 0]; !isOver;) {
      const server = random.pick(servers);
      if (random.next() < 0.5) {
        price += 1;
        done(await server.patch(`/products/${id}`, { token, json: { price } }));
        ages.wrote(`price of ${id}`, price, server);
      } else {
        quantity += 1;
        done(await server.post(`/products/${id}/stock-adjustments`, { token, json: { delta: 1 } }));
        ages.wrote(`stock of ${id}`, quantity, server);
      }
      await pass(random.integer(0, 60));
    }
  };
  const rename = async (): Promise<void> => {
    for (let n = 2; !isOver; n += 1) {
      const server = random.pick(servers);
      const name = `Category ${String(n)}`;
      done(await server.put(`/categories/${categoryId}`, { token, json: { name, description: '' } }));
      ages.wrote('category', n, server);
      await pass(random.integer(100, 400));
    }
  };
  const sell = async (): Promise<void> => {
    const person = {
      name: 'Ada',
      email: `ada-${String(SEED)}@attack.test`,
      password: 'a long enough password',
    };
    const signedUp = done(await first.post('/auth/signup', { json: person }));
    const buyer = { token: String(signedUp.body.accessToken) };
    for (let sold = 1; !isOver; sold += 1) {
      const server = random.pick(servers);
      done(await server.post('/cart', { ...buyer, json: { productId: soldId, quantity: 1 } }));
      done(await server.post('/orders', { ...buyer, json: {} }));
      ages.wrote(`sales of ${soldId}`, sold, server);
      await pass(random.integer(0, 60));
    }
  };
  /** Lets products come, run out and go, and looks at the lists that show it. */
  const comeAndGo = async (): Promise<void> => {
    const shows = async (server: HttpClient, id: string, path: string): Promise<boolean> =>
      ((await readOf(server, path)).body.items as readonly Product[]).some((product) => product.id === id);
    while (!isOver) {
      const server = random.pick(servers);
      const expectShown = async (id: string, path: string, isShown: boolean): Promise<void> => {
        if ((await shows(server, id, path)) !== isShown)
          ages.anomalies.push(`${path} did not show at once what its server has changed`);
        await pass(BOUND_MS);
        for (const other of servers)
          if ((await shows(other, id, path)) !== isShown)
            ages.anomalies.push(`${path} did not show in time what another server has changed`);
      };
      for (const path of ['/products', '/products?inStock=true', '/products?inStock=false'])
        for (const each of servers) await readOf(each, path); // so that they are cached
      const id = await create(server, 0);
      await expectShown(id, '/products', true);
      for (const each of servers) await readOf(each, '/products?inStock=true');
      done(await server.post(`/products/${id}/stock-adjustments`, { token, json: { delta: 1 } }));
      await expectShown(id, '/products?inStock=true', true);
      for (const each of servers) await readOf(each, '/products?inStock=false');
      done(await server.post(`/products/${id}/stock-adjustments`, { token, json: { delta: -1 } }));
      await expectShown(id, '/products?inStock=false', true);
      done(await server.delete(`/products/${id}`, { token }));
      await expectShown(id, '/products', false);
    }
  };

  const read = async (): Promise<void> => {
    const server = random.pick(servers);
    const path = random.pick([
      ...ids.map((id) => `/products/${id}`),
      `/products/${soldId}`,
      '/products?sort=name',
      `/products?category=${categoryId}&sort=price`,
      '/products?inStock=true',
      '/categories',
      `/categories/${categoryId}`,
    ]);
    const { body, by } = await readOf(server, path);
    const shown = (Array.isArray(body.items) ? body.items : [body]) as readonly Record<string, unknown>[];
    for (const item of shown) {
      const { id, price, quantity, category } = item as unknown as Product & { category?: { name: string } };
      if (path.startsWith('/categories')) ages.saw('category', numberIn(item['name']), by);
      else if (category !== undefined) ages.saw('category', numberIn(category.name), by);
      if (id === soldId) ages.saw(`sales of ${id}`, SOLD - quantity, by);
      else if (ids.includes(id)) {
        ages.saw(`price of ${id}`, price, by);
        ages.saw(`stock of ${id}`, quantity, by);
      }
    }
  };
  const reader = async (): Promise<void> => {
    for (let n = 0; n < READS; n += 1) await read();
  };

  const writers = [...ids.map(edit), rename(), sell(), comeAndGo()];
  // A writer that fails must not be waited for in vain.
  const failed = Promise.race(
    writers.map((writer) => writer.then(() => new Promise<never>(() => undefined))),
  );
  try {
    await Promise.race([Promise.all(Array.from({ length: READERS }, reader)), failed]);
  } finally {
    isOver = true;
  }
  await Promise.all(writers);
  return ages;
};

describe('Reads of the catalogue under attack', () => {
  const rows: string[][] = [];
  after(() => {
    if (rows.length > 0)
      console.log(
        `\nSeed ${String(SEED)}\n\n${markdownTable(['Database', 'Reads', 'From the cache', 'Oldest, ms', 'Anomalies'], rows)}\n`,
      );
  });

  const attack = (name: SqlDatabaseName): void => {
    let shop: AttackedShop;
    before(async () => {
      shop = await attackedShop(name);
    });
    after(() => shop.close());

    it('Reads of the catalogue show what their own server has changed at once, and what others have within the bound', async () => {
      const ages = await attackReads(shop, seededRandom(SEED));
      const hits = await Promise.all(
        shop.servers.map((server) => metric(server, 'catalog_cache_hits_total')),
      );
      const fromCache = hits.reduce((sum, count) => sum + count, 0);
      const reads = READERS * READS;
      rows.push([
        name,
        String(reads),
        `${((100 * fromCache) / reads).toFixed()} %`,
        ages.oldest().toFixed(),
        String(ages.anomalies.length),
      ]);
      expect(ages.anomalies).to.deep.equal([]);
      expect(fromCache, 'reads from the cache').to.be.above(reads / 10);
    });
  };

  onEverySqlDatabase('Stale reads', attack);
  onServer('Galera', 'Stale reads', () => {
    attack('Galera');
  });
});
