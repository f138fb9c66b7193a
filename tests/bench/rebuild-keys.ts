import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { aProduct } from '../support/builders/catalog.js';
import { openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { USD } from '../support/persistences.js';

// How long the first start of a version takes that makes keys in another way, on a shop of 100,000 products of which every key
// is another one. `DATABASES=SQLite,MariaDB` chooses; `PRODUCTS` is how many.

const PRODUCTS = Number(process.env['PRODUCTS'] ?? 100_000);
const DATABASES = (process.env['DATABASES'] ?? 'SQLite,MariaDB,PostgreSQL').split(',') as SqlDatabaseName[];
const DESCRIPTION = 'Die Fußmatte aus Kokosfasern — für Groß und Klein, mit Jalapeño-Muster. '.repeat(5);

for (const name of DATABASES) {
  const database = await openSqlDatabase(name);
  const { products } = catalogTables(database.sequelize);
  const queryInterface = database.sequelize.getQueryInterface();
  for (let done = 0; done < PRODUCTS; done += 1000)
    await queryInterface.bulkInsert(
      'products',
      Array.from({ length: Math.min(1000, PRODUCTS - done) }, (_, n) => {
        const { price, ...product } = aProduct({
          name: `Ähre ${String(done + n)}`,
          description: DESCRIPTION,
        });
        return { ...product, priceMinor: price.minor, nameKey: 'old', searchKey: 'old', deletedAt: null };
      }),
      {},
      products.model.getAttributes(),
    );
  const shop = sequelizePersistence(database.sequelize, USD);
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  await shop.prepare();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${name}: ${String(PRODUCTS)} products in ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of CPU here`,
  );
  await database.close();
}
