import { expect } from 'chai';
import { productPosition } from '#src/contexts/catalog/application/product-sorts.js';
import { Category, type CategoryId } from '#src/contexts/catalog/domain/category.js';
import {
  productCreated,
  productDeleted,
  productUpdated,
  stockDepleted,
} from '#src/contexts/catalog/domain/events.js';
import { Product } from '#src/contexts/catalog/domain/product.js';
import { productWords } from '#src/contexts/catalog/domain/product-search.js';
import { skuKey } from '#src/contexts/catalog/domain/sku.js';
import { StockMovement } from '#src/contexts/catalog/domain/stock.js';
import { aMovement, aProduct, dollars } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';

const LATER = new Date('2026-02-01T00:00:00.000Z');

describe('A product', () => {
  it('A product starts at version 1, made and edited at the same time', () => {
    const { id, createdAt, updatedAt, version, ...content } = aProduct();
    expect(Product.create(id, content, LATER)).to.deep.equal({
      ...content,
      id,
      version: 1,
      createdAt: LATER,
      updatedAt: LATER,
    });
  });

  it('A product keeps what an edit does not name', () => {
    const product = aProduct({ version: 7 });
    expect(Product.edit(product, { price: dollars(3) }, LATER)).to.deep.equal({
      ...product,
      price: dollars(3),
      version: 8,
      updatedAt: LATER,
    });
  });

  it('A product is in no category in its last version', () => {
    const product = aProduct({ categoryId: newId<CategoryId>(), version: 7 });
    const last = { ...product, categoryId: null, version: 8, updatedAt: LATER };
    expect(Product.withdraw(product, LATER)).to.deep.equal(last);
  });

  it('A product can be taken out of its category', () => {
    const { id } = aProduct();
    const product = aProduct({ categoryId: id as never });
    expect(Product.edit(product, { categoryId: null }, LATER).categoryId).to.equal(null);
  });

  it('A product is found by the words of its name and of its description and by its SKU, in any letter case', () => {
    const mug = { name: 'Enamel\tMUG', description: 'ﬁne\u00a0ware', sku: null };
    expect(productWords(mug)).to.deep.equal(['enamel', 'mug', 'fine', 'ware']);
    expect(productWords({ name: 'Cup', description: '', sku: 'MUG-1' })).to.deep.equal(['cup', 'mug', '1']);
  });

  it('A product stands in a list by the key of the sort and its id', () => {
    const product = aProduct({ name: 'MUG', price: dollars(19.99), createdAt: LATER });
    const keys = (['name', '-price', 'createdAt'] as const).map((sort) => productPosition(sort)(product));
    expect(keys).to.deep.equal(['mug', 1999, LATER.getTime()].map((key) => ({ key, id: product.id })));
  });
});

describe('A SKU', () => {
  it('A SKU is the same in any letter case', () => {
    expect(['MUG-1', 'mug-1'].map(skuKey)).to.deep.equal(['mug-1', 'mug-1']);
  });
});

describe('A category', () => {
  it('A category starts at version 1 and is in another version after each edit', () => {
    const [id, start, content] = [newId<CategoryId>(), new Date(0), { name: 'Mugs', description: '' }];
    const created = Category.create(id, content, start);
    expect(created).to.deep.equal({ ...content, id, version: 1, createdAt: start, updatedAt: start });
    const edited = { ...created, name: 'Cups', version: 2, updatedAt: LATER };
    expect(Category.edit(created, { ...content, name: 'Cups' }, LATER)).to.deep.equal(edited);
  });
});

describe('A line of the stock ledger', () => {
  it('A line of the stock ledger takes number and balance from the level that its movement led to', () => {
    const { id, productId } = aMovement();
    const level = { productId, quantity: 4, version: 9 };
    expect(StockMovement.of(id, level, -3, { reason: 'edit' }, LATER)).to.deep.equal({
      id,
      productId,
      sequence: 9,
      delta: -3,
      reason: 'edit',
      note: null,
      orderId: null,
      balance: 4,
      createdAt: LATER,
    });
  });
});

describe('The events of the catalogue', () => {
  it('The events of the catalogue tell what has happened to a product and in which version', () => {
    const product = aProduct({ version: 7, updatedAt: LATER });
    const event = { aggregateId: product.id, version: 7, occurredAt: LATER, data: {} };
    expect([productCreated, productUpdated, productDeleted].map((tell) => tell(product))).to.deep.equal([
      { type: 'product.created', ...event },
      { type: 'product.updated', ...event },
      { type: 'product.deleted', ...event },
    ]);
  });

  it('The events of the catalogue tell that stock is depleted by the movement that left none, in the version of the stock', () => {
    const last = aMovement({ balance: 0, sequence: 9, createdAt: LATER });
    expect(stockDepleted([aMovement({ balance: 1 }), last])).to.deep.equal([
      { type: 'stock.depleted', aggregateId: last.productId, version: 9, occurredAt: LATER, data: {} },
    ]);
  });
});
