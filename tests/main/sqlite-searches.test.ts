import { expect } from 'chai';
import type { ProductFilter } from '#src/contexts/catalog/application/ports.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import type { PageRequest } from '#src/kernel/page.js';
import type { Persistence, Readers } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { anEntry } from '../support/builders/audit.js';
import { aCategory, aProduct } from '../support/builders/catalog.js';
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

  it('Searches on SQLite find what this process has just stored, in a transaction and after it', async () => {
    const { outside, transact } = persistence;
    const entry = await transact(async ({ auditEntries }) => {
      const search = { subject: id, action: 'product.created' } as const;
      const stored = anEntry({ subjectId: id, action: 'product.created' });
      await auditEntries.add(stored);
      expect((await auditEntries.list(search, FIRST_PAGE)).items).to.deep.equal([stored]);
      return stored;
    });
    const { items } = await outside.auditEntries.list({ subject: id, action: entry.action }, FIRST_PAGE);
    expect(items).to.deep.equal([entry]);
  });
});
