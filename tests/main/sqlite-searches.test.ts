import { expect } from 'chai';
import type { ProductFilter } from '#src/contexts/catalog/application/ports.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import type { PageRequest } from '#src/kernel/page.js';
import type { Persistence, Readers } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { aCategory, aProduct, dollars } from '../support/builders/catalog.js';
import { openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { USD } from '../support/persistences.js';

const FIRST_PAGE: PageRequest = { limit: 10, after: null };
const product = aProduct({ name: 'Enamel mug' });
const { id } = product;

type List = (readers: Readers) => Promise<{ readonly items: readonly unknown[] }>;

const products =
  (filter: ProductFilter): List =>
  (repositories) =>
    repositories.products.list(filter, 'name', FIRST_PAGE);

/** They find nothing, and so need no further statement. */
const SEARCHES: Readonly<Record<string, List>> = {
  'products by words': products({ text: 'mug zzz' }),
  'products in stock': products({ inStock: true }),
  'products by price': products({ minPrice: dollars(1_000) }),
  'customers by words': ({ customers }) => customers.list({ text: 'ada' }, FIRST_PAGE),
  'audit entries by two filters': ({ auditEntries }) =>
    auditEntries.list({ subject: id, action: 'product.created' }, FIRST_PAGE),
};

const OTHERS: Readonly<Record<string, List>> = {
  'products of a category': products({ categoryId: aCategory().id }),
  customers: ({ customers }) => customers.list({}, FIRST_PAGE),
  'audit entries by one filter': ({ auditEntries }) => auditEntries.list({ subject: id }, FIRST_PAGE),
};

describe('Searches on SQLite', () => {
  let database: OpenDatabase;
  let persistence: Persistence;
  before(async () => {
    database = await openSqlDatabase('SQLite');
    persistence = sequelizePersistence(database.sequelize, USD);
    await persistence.transact(async ({ products: all, stock }) => {
      await all.add(product);
      await stock.add(StockLevel.open(id, 0));
    });
  });
  after(() => database.close());

  /** Requests a list first and then a product; returns the order of the responses. */
  const answersTo = async (list: List): Promise<readonly string[]> => {
    const { outside } = persistence;
    const events: string[] = [];
    await Promise.all([
      list(outside).then(() => events.push('the list')),
      outside.products.find(id).then(() => events.push('the product')),
    ]);
    return events;
  };

  for (const [title, list] of Object.entries(SEARCHES))
    it(`Searches on SQLite run off this thread, which serves others meanwhile: ${title}`, async () => {
      expect(await answersTo(list)).to.deep.equal(['the product', 'the list']);
    });

  for (const [title, list] of Object.entries(OTHERS))
    it(`Searches on SQLite are all that run off this thread; it reads itself ${title}`, async () => {
      expect(await answersTo(list)).to.deep.equal(['the list', 'the product']);
    });

  it('Searches on SQLite find what this process has just stored', async () => {
    const { outside, transact } = persistence;
    for (const name of ['Tin plate', 'Tin cup', 'Tin opener']) {
      const added = aProduct({ name });
      await transact(async ({ products: all, stock }) => {
        await all.add(added);
        await stock.add(StockLevel.open(added.id, 0));
      });
      const { items } = await outside.products.list({ text: name }, 'name', FIRST_PAGE);
      expect(items.map(({ product: found }) => found)).to.deep.equal([added]);
    }
  });

  it('Searches on SQLite see the writes of the transaction that they are in', async () => {
    const added = aProduct({ name: 'Copper kettle' });
    const found = await persistence.transact(async ({ products: all, stock }) => {
      await all.add(added);
      await stock.add(StockLevel.open(added.id, 0));
      return all.list({ text: 'copper' }, 'name', FIRST_PAGE);
    });
    expect(found.items).to.have.lengthOf(1);
  });
});
