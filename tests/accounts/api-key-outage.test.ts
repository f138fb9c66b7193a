import { expect } from 'chai';
import { makeKey } from '../support/api-keys.js';
import { onEveryServer, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';
import { wireTo, type Wire } from '../support/wire.js';

onEveryServer('API keys while the database is away', (name) => {
  let db: OpenDatabase;
  let wire: Wire;
  let shop: ShopUnderTest;
  before(async () => {
    db = await openSqlDatabase(name, { migrated: false });
    const url = new URL(db.url);
    wire = await wireTo(Number(url.port));
    url.port = String(wire.port);
    shop = await testShop({ environment: { DATABASE_URL: url.href } });
  });
  after(async () => {
    wire.mend();
    await shop.close();
    wire.close();
    await db.close();
  });

  it('A request with an API key is 503 while the database is away, never 401, and succeeds when it is back', async () => {
    const { secret: token } = await makeKey(shop);
    const outcome = async (): Promise<string> => {
      const { status, body } = await shop.get('/orders', { token });
      return status === 200 ? '200' : `${String(status)} ${String(body.code)}`;
    };
    const becomes = (wanted: string) =>
      eventually(
        async () => {
          const found = await outcome();
          expect(['200', '503 database_unavailable']).to.include(found);
          return found === wanted ? true : null;
        },
        wanted,
        20_000,
      );
    await becomes('200');
    wire.breakAt('', 'before');
    await becomes('503 database_unavailable');
    wire.mend();
    await becomes('200');
  });
});
