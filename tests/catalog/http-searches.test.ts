import { expect } from 'chai';
import type { Overrides } from '#src/main/container.js';
import { newId } from '../support/builders/ids.js';
import { onEveryServer, openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import type { Received } from '../support/http-client.js';
import { forEachShop, testShop, type ShopUnderTest } from '../support/test-shop.js';
import { MUG, NOBODY } from './http-support.js';

/** Every request that no index leads through. */
const SEARCHES = [
  `/audit-log?actor=${NOBODY}&action=user.login_failed`,
  `/audit-log?actor=${NOBODY}&subject=${NOBODY}`,
  `/audit-log?action=user.login_failed&subject=${NOBODY}`,
];
const [SEARCH = ''] = SEARCHES;

/** Requests that are served all the same. */
const OTHERS = {
  anyone: [
    '/products',
    '/products?sort=-name',
    '/products?minPrice=1&maxPrice=90&sort=-price',
    '/products?q=mug',
    '/products?inStock=true',
    '/products?inStock=false',
    '/products?minPrice=1',
    '/products?maxPrice=90&sort=name',
    '/products?q=mug&sort=price&minPrice=1',
    '/categories',
  ],
  administrators: [
    '/customers',
    '/customers?q=ada',
    '/users',
    '/users?role=customer',
    '/orders?status=pending',
    '/audit-log',
  ],
};

const SLOW = newId();
const SLOW_SEARCH = `/audit-log?actor=${SLOW}&action=user.login_failed`;

/** Searches of a certain actor go on until they are let go. */
const slowSearches = () => {
  let begun = 0;
  const waiting: (() => void)[] = [];
  const overrides: Overrides = {
    replaceRepositories: () => ({
      auditEntries: (original) => ({
        ...original,
        list: async (filter, page) => {
          if (filter.actor === SLOW) {
            begun += 1;
            await new Promise<void>((resolve) => waiting.push(resolve));
          }
          return original.list(filter, page);
        },
      }),
    }),
  };
  const letGo = (): void => {
    for (const go of waiting.splice(0)) go();
  };
  return { overrides, begun: () => begun, letGo };
};

const from = (network: string, { adminToken: token }: ShopUnderTest) => ({
  headers: { 'X-Forwarded-For': network },
  token,
});

const metric = async ({ get }: ShopUnderTest, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (.*)$`, 'm').exec(String((await get('/metrics')).body))?.[1]);

forEachShop((_name, open) => {
  let shop: ShopUnderTest;
  let slow: ReturnType<typeof slowSearches>;
  let path: string;
  beforeEach(async () => {
    slow = slowSearches();
    shop = await open({ overrides: slow.overrides, environment: { TRUST_PROXY: '1' } });
    const made = await shop.post('/products', { token: shop.adminToken, json: MUG });
    path = made.headers['location'] ?? '';
  });
  afterEach(async () => {
    slow.letGo();
    await shop.close();
  });

  const searches = (networks: readonly string[]): Promise<Received>[] =>
    networks.map((network) => shop.get(SLOW_SEARCH, from(network, shop)));
  const haveBegun = (count: number) => eventually(() => slow.begun() === count, `${count} searches at work`);

  it('The shop refuses a third search at once, and serves everything else', async () => {
    const running = searches(['192.0.2.1', '192.0.2.2']);
    await haveBegun(2);
    const token = shop.adminToken;
    for (const search of SEARCHES) {
      const { status, headers, body } = await shop.get(search, from('192.0.2.3', shop));
      expect({ status, code: body.code }, search).to.deep.equal({ status: 503, code: 'search_busy' });
      expect(headers).to.include({ 'retry-after': '5', 'cache-control': 'no-store' });
    }
    expect((await shop.get(path)).body).to.include({ name: MUG.name });
    for (const other of OTHERS.anyone) expect((await shop.get(other)).status, other).to.equal(200);
    for (const other of OTHERS.administrators)
      expect((await shop.get(other, { token })).status, other).to.equal(200);
    slow.letGo();
    expect((await Promise.all(running)).map(({ status }) => status)).to.deep.equal([200, 200]);
    for (const search of SEARCHES) expect((await shop.get(search, { token })).status, search).to.equal(200);
  });

  it('The shop leaves a place to a network that was refused, whatever another one sends', async () => {
    const [greedy, other] = [from('192.0.2.1', shop), from('192.0.2.2', shop)];
    const running = searches(['192.0.2.1', '192.0.2.1']);
    await haveBegun(2);
    expect((await shop.get(SEARCH, other)).status).to.equal(503);
    slow.letGo();
    await Promise.all(running);
    const again = shop.get(SLOW_SEARCH, greedy);
    await haveBegun(3);
    expect((await shop.get(SEARCH, greedy)).status).to.equal(503);
    expect((await shop.get(SEARCH, other)).status).to.equal(200);
    slow.letGo();
    await again;
  });
});

describe('Searches', () => {
  let shop: ShopUnderTest;
  let slow: ReturnType<typeof slowSearches>;
  beforeEach(async () => {
    slow = slowSearches();
    shop = await testShop({ overrides: slow.overrides, environment: { TRUST_PROXY: '1' } });
  });
  afterEach(async () => {
    slow.letGo();
    await shop.close();
  });

  const haveBegun = (count: number) => eventually(() => slow.begun() === count, `${count} searches at work`);

  it('Searches hold their place when their client has hung up, for they still cost what they cost', async () => {
    const hungUp = new AbortController();
    const headers = { Authorization: `Bearer ${shop.adminToken}` };
    const asAdmin = { token: shop.adminToken };
    const gone = [1, 2].map(() =>
      fetch(`${shop.baseUrl}${SLOW_SEARCH}`, { signal: hungUp.signal, headers }).catch(() => 'gone'),
    );
    await haveBegun(2);
    hungUp.abort();
    expect(await Promise.all(gone)).to.deep.equal(['gone', 'gone']);
    expect((await shop.get(SEARCH, asAdmin)).status).to.equal(503);
    slow.letGo();
    await eventually(async () => (await shop.get(SEARCH, asAdmin)).status === 200, 'a place');
  });

  it('Searches are measured: how many run, and what was refused', async () => {
    const asAdmin = { token: shop.adminToken };
    const running = [1, 2].map(() => shop.get(SLOW_SEARCH, asAdmin));
    await haveBegun(2);
    await shop.get(SEARCH, asAdmin);
    expect(await metric(shop, 'searches_running')).to.equal(2);
    expect(await metric(shop, 'searches_refused_total{code="search_busy"}')).to.equal(1);
    slow.letGo();
    await Promise.all(running);
  });
});

onEveryServer('Searches that the database takes long for', (name) => {
  it('Searches that the database takes long for leave the last connection of the pool to others, and are ended by the server', async () => {
    const database = await openSqlDatabase(name, { migrated: false });
    const environment = {
      DATABASE_URL: database.url,
      DATABASE_POOL_MAX: '2',
      DATABASE_STATEMENT_TIMEOUT_MS: '2000',
    };
    const shop = await testShop({ environment });
    const { adminToken: token, get } = shop;
    // A reader of this table waits for the lock, as long as the server lets it.
    const rival = database.another({ connections: 1 });
    const transaction = await rival.transaction();
    const [lock, unlock] =
      name === 'MariaDB'
        ? ['LOCK TABLES audit_entries WRITE', 'UNLOCK TABLES']
        : ['LOCK TABLE audit_entries IN ACCESS EXCLUSIVE MODE', 'SELECT 1'];
    await rival.query(lock, { transaction });
    try {
      const searches = [1, 2].map(() => get(SEARCH, { token }));
      expect((await Promise.race(searches)).body).to.include({ code: 'search_busy' });
      expect((await get('/products')).status).to.equal(200);
      const codes = (await Promise.all(searches)).map(({ body }) => body.code as unknown);
      expect(codes).to.have.members(['search_busy', 'search_timed_out']);
      await eventually(
        async () => (await get(SEARCH, { token })).body.code === 'search_timed_out',
        'a place for another search',
      );
    } finally {
      await rival.query(unlock, { transaction });
      await transaction.commit();
      await shop.close();
      await database.close();
    }
  });
});
