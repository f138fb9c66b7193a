import { expect } from 'chai';
import { onEveryServer, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import type { Received } from '../support/http-client.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';
import { wireTo, type Wire } from '../support/wire.js';

onEveryServer('Reads of the catalogue while the database is away', (name) => {
  let db: OpenDatabase;
  let wire: Wire;
  let shop: ShopUnderTest;
  beforeEach(async () => {
    db = await openSqlDatabase(name, { migrated: false });
    const url = new URL(db.url);
    wire = await wireTo(Number(url.port));
    url.port = String(wire.port);
    shop = await testShop({
      environment: { DATABASE_URL: url.href, CATALOG_MAX_STALE_MS: '250' },
    });
  });
  afterEach(async () => {
    wire.mend();
    await shop.close();
    wire.close();
    await db.close();
  });

  const outcomesOf = (paths: readonly string[]): Promise<readonly string[]> =>
    Promise.all(
      paths.map(async (path) => {
        const { status, body } = await shop.get(path);
        return status === 200 ? '200' : `${String(status)} ${String(body.code)}`;
      }),
    );
  const made = async (sent: Promise<Received>): Promise<string> => {
    const { status, body } = await sent;
    expect(status, JSON.stringify(body)).to.equal(201);
    return String(body.id);
  };

  it('Reads of the catalogue while the database is away are refused once their replies are too old, and answered when it is back', async () => {
    const token = shop.adminToken;
    const categoryId = await made(shop.post('/categories', { token, json: { name: 'Mugs' } }));
    const mug = { name: 'Enamel mug', description: '', price: 19.99, quantity: 3, categoryId };
    const id = await made(shop.post('/products', { token, json: mug }));
    const paths = [`/products/${id}`, '/products', '/categories'];
    const all = (outcome: string) => async () => (await outcomesOf(paths)).every((each) => each === outcome);
    // The second time from the cache.
    for (const time of ['first', 'second'])
      expect(await outcomesOf(paths), time).to.deep.equal(paths.map(() => '200'));
    wire.breakAt('', 'before');
    await eventually(all('503 database_unavailable'), 'refusals of all reads', 20_000);
    wire.mend();
    await eventually(all('200'), 'answers to all reads');
    const { body } = await shop.get(`/products/${id}`);
    expect(body).to.include({ id, quantity: 3 });
  });
});
