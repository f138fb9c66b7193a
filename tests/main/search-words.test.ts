import { expect } from 'chai';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { Product } from '#src/contexts/catalog/domain/product.js';
import { productWords } from '#src/contexts/catalog/domain/product-search.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import { customerTables } from '#src/contexts/customers/adapters/sequelize/customer-tables.js';
import { Customer } from '#src/contexts/customers/domain/customer.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import type { Persistence } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { findRows } from '#src/platform/database/rows.js';
import { aProduct } from '../support/builders/catalog.js';
import { aCustomer } from '../support/builders/customers.js';
import { next } from '../support/contract-tools.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { USD } from '../support/persistences.js';

const PAGE = { limit: 10, after: null };
const LATER = new Date('2026-02-01T00:00:00.000Z');

onEverySqlDatabase('The index of words', (name) => {
  let database: OpenDatabase;
  let shop: Persistence;
  beforeEach(async () => {
    database = await openSqlDatabase(name);
    shop = sequelizePersistence(database.sequelize, USD);
  });
  afterEach(() => database.close());

  const ofProduct = async (productId: ProductId): Promise<readonly string[]> => {
    const { words } = catalogTables(database.sequelize);
    return (await findRows(words, { where: { productId } }, database.outside)).map(({ word }) => word).sort();
  };
  const ofCustomer = async (customerId: CustomerId): Promise<readonly string[]> => {
    const { words } = customerTables(database.sequelize);
    return (await findRows(words, { where: { customerId } }, database.outside))
      .map(({ word }) => word)
      .sort();
  };
  const addProduct = async (product: Product): Promise<Product> => {
    await shop.transact(async ({ products, stock }) => {
      await products.add(product);
      await stock.add(StockLevel.open(product.id, 0));
    });
    return product;
  };
  const found = async (text: string): Promise<readonly string[]> => {
    const { items } = await shop.outside.products.list({ text }, 'name', PAGE);
    return items.map(({ product }) => product.name);
  };

  it('The index of words holds those of a new product', async () => {
    const { id, ...product } = await addProduct(aProduct({ name: 'Enamel mug', description: 'blue' }));
    expect(await ofProduct(id)).to.deep.equal(productWords(product).toSorted());
  });

  it('The index of words follows the name of a product, and back to a former one', async () => {
    const original = await addProduct(aProduct({ name: 'Enamel mug', description: 'blue' }));
    const renamed = next({ ...original, name: 'Copper mug' });
    const restored = next({ ...renamed, name: original.name });
    await shop.transact(({ products }) => products.update(renamed, original));
    expect(await ofProduct(original.id)).to.deep.equal(productWords(renamed).toSorted());
    await shop.transact(({ products }) => products.update(restored, renamed));
    expect(await ofProduct(original.id)).to.deep.equal(productWords(original).toSorted());
  });

  it('The index of words holds nothing of a product that was deleted', async () => {
    const product = await addProduct(aProduct({ name: 'Enamel mug' }));
    await shop.transact(({ products }) => products.withdraw(Product.withdraw(product, LATER)));
    expect(await ofProduct(product.id)).to.deep.equal([]);
  });

  it('The index of words leads to what has one of the terms; only what has all of them is found', async () => {
    await addProduct(aProduct({ name: 'Enamel mug' }));
    await addProduct(aProduct({ name: 'Enamel pot' }));
    expect(await found('enamel mug')).to.deep.equal(['Enamel mug']);
    expect(await found('mug pot')).to.deep.equal([]);
  });

  it('The index of words follows name and e-mail address of a customer, and back to former ones', async () => {
    const original = aCustomer({ name: 'Before', email: 'before@example.com' });
    const renamed = next({ ...original, name: 'After', email: 'after@example.com' });
    const restored = next({ ...renamed, name: original.name, email: original.email });
    await shop.transact(({ customers }) => customers.add(original));
    expect(await ofCustomer(original.id)).to.deep.equal(Customer.words(original).toSorted());
    await shop.transact(({ customers }) => customers.update(renamed, original));
    expect(await ofCustomer(original.id)).to.deep.equal(Customer.words(renamed).toSorted());
    await shop.transact(({ customers }) => customers.update(restored, renamed));
    expect(await ofCustomer(original.id)).to.deep.equal(Customer.words(original).toSorted());
  });

  it('The index of words is the same when it is made anew', async () => {
    const { id, ...product } = await addProduct(aProduct({ name: 'Enamel mug', description: 'blue' }));
    await shop.rebuildKeys();
    expect(await ofProduct(id)).to.deep.equal(productWords(product).toSorted());
  });
});
