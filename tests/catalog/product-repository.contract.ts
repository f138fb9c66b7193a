import { expect } from 'chai';
import { Product } from '#src/contexts/catalog/domain/product.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import { aCategory, aProduct, dollars } from '../support/builders/catalog.js';
import { gate, next, openedSubject, outcomeOf, tally } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';
import { storeCategory, storeProduct, type CatalogStore } from './catalog-store.js';
import { productListContract } from './product-list.contract.js';
import { productSearchContract } from './product-search.contract.js';

const LATER = new Date('2026-02-01T00:00:00.000Z');

/** What every `ProductRepository` does. */
export const productRepositoryContract = (name: string, open: OpenSubject<CatalogStore>): void => {
  describe(`Products on ${name}`, () => {
    const subject = openedSubject(open, 20);

    describe('many products', () => {
      it('Many products are stored, found by their SKUs and by words, and changed together', async () => {
        const category = await storeCategory(subject());
        const { transact, outside } = subject();
        const sku = `many-${category.id}-`;
        const made = [1, 2, 3].map((n) =>
          aProduct({ sku: `${sku}${n}`, name: `Kettle${category.id.slice(-12)} ${n}`, price: dollars(n) }),
        );
        await transact(async ({ products, stock }) => {
          await products.addAll(made);
          await stock.addAll(made.map(({ id }, n) => StockLevel.open(id, n)));
          await products.addAll([]);
          await stock.addAll([]);
        });
        const wanted = [`${sku}1`, `${sku}3`.toUpperCase(), `${sku}4`];
        const [first, second, third] = made as [Product, Product, Product];
        expect(await outside.products.findBySkus(wanted)).to.have.deep.members([first, third]);
        expect(await outside.products.findBySkus([])).to.deep.equal([]);
        const found = async (text: string) =>
          (await outside.products.list({ text }, 'price', { limit: 5, after: null })).items.map(
            ({ product, stock }) => [product.id, stock.quantity],
          );
        expect(await found(`kettle${category.id.slice(-12)}`)).to.deep.equal(
          made.map(({ id }, n) => [id, n]),
        );

        const edited = [
          Product.edit(
            first,
            { name: 'It is "new" \\ ½', description: '', imageUrl: 'https://x.example/' },
            LATER,
          ),
          Product.edit(third, { categoryId: category.id, price: dollars(7), sku: null }, LATER),
        ] as const;
        await transact(async ({ products }) => {
          await products.updateAll([
            { product: edited[0], before: first },
            { product: edited[1], before: third },
          ]);
          await products.updateAll([]);
        });
        expect(await outside.products.find(first.id)).to.deep.equal(edited[0]);
        expect(await outside.products.find(second.id)).to.deep.equal(second);
        expect((await outside.products.findDetails(third.id))?.category).to.deep.equal(category);
        expect(await outside.products.findBySkus([`${sku}3`])).to.deep.equal([]);
        expect(await found(`kettle${category.id.slice(-12)}`)).to.deep.equal([
          [second.id, 1],
          [third.id, 2],
        ]);
      });

      it('Many products are changed together or not at all, and not when one of them has changed meanwhile', async () => {
        const [one, other] = [await storeProduct(subject()), await storeProduct(subject())];
        const { transact, outside } = subject();
        const stale = { ...other, version: other.version + 1 };
        const outcome = await outcomeOf(
          transact(({ products }) =>
            products.updateAll([
              { product: next(one), before: one },
              { product: next(stale), before: stale },
            ]),
          ),
        );
        expect(outcome).to.equal('stale_write');
        expect(await outside.products.find(one.id)).to.deep.equal(one);
      });

      it('Many products are refused when one of them has a SKU that is taken or a category that there is not', async () => {
        const taken = await storeProduct(subject(), { sku: `taken-${aProduct().id}` });
        const { transact, outside } = subject();
        for (const [given, code] of [
          [{ sku: taken.sku }, 'sku_taken'],
          [{ categoryId: aCategory().id }, 'unknown_category'],
        ] as const) {
          const good = aProduct();
          expect(
            await outcomeOf(transact(({ products }) => products.addAll([good, aProduct(given)]))),
          ).to.equal(code);
          expect(await outside.products.find(good.id)).to.equal(null);
          const before = await storeProduct(subject());
          const product = next({ ...before, ...given });
          expect(
            await outcomeOf(transact(({ products }) => products.updateAll([{ product, before }]))),
          ).to.equal(code);
        }
      });

      it('Many categories are found by ids and names, in any letter case', async () => {
        const [one, other] = [await storeCategory(subject()), await storeCategory(subject())];
        await storeCategory(subject());
        const { categories } = subject().outside;
        const names = [one.name.toUpperCase(), 'none of that name'];
        expect(await categories.findAll({ ids: [other.id, one.id], names })).to.have.deep.members([
          one,
          other,
        ]);
        expect(await categories.findAll({ ids: [], names })).to.deep.equal([one]);
        expect(await categories.findAll({ ids: [], names: [] })).to.deep.equal([]);
      });
    });

    describe('one product', () => {
      it('A missing product is null', async () => {
        const { products } = subject().outside;
        const { id } = aProduct();
        expect(await products.find(id)).to.equal(null);
        expect(await products.findDetails(id)).to.equal(null);
        expect(await products.summaries([id])).to.deep.equal([]);
        expect(await products.summaries([])).to.deep.equal([]);
      });

      it('A product is read back as it was stored, with its stock and category', async () => {
        const category = await storeCategory(subject());
        const product = await storeProduct(subject(), { categoryId: category.id }, 7);
        const { products } = subject().outside;
        expect(await products.find(product.id)).to.deep.equal(product);
        expect(await products.findDetails(product.id)).to.deep.equal({
          product,
          stock: { productId: product.id, quantity: 7, version: 1 },
          category,
        });
      });

      for (const [what, letter] of [
        ['4-byte characters', '🫖'],
        ['characters that grow when they are normalised', '\uFDFA'],
      ] as const)
        it(`A product keeps texts of the greatest length, of ${what}`, async () => {
          const product = await storeProduct(subject(), {
            name: letter.repeat(200),
            description: letter.repeat(10_000),
            imageUrl: `https://images.example/${'x'.repeat(2048 - 23)}`,
            price: dollars(999_999_999.99),
          });
          expect(await subject().outside.products.find(product.id)).to.deep.equal(product);
        });

      it('A product leaves nothing when its transaction fails', async () => {
        const { transact, outside } = subject();
        const product = aProduct();
        const failing = transact(async ({ products, stock }) => {
          await products.add(product);
          await stock.add(StockLevel.open(product.id, 0));
          throw new Error('changed my mind');
        });
        expect(await failing.catch(String)).to.equal('Error: changed my mind');
        expect(await outside.products.find(product.id)).to.equal(null);
        expect(await outside.stock.levels([product.id])).to.deep.equal([]);
      });

      it('A product refuses a category that does not exist', async () => {
        const { transact, outside } = subject();
        const nowhere = aProduct({ categoryId: aCategory().id });
        expect(await outcomeOf(transact(({ products }) => products.add(nowhere)))).to.equal(
          'unknown_category',
        );
        const product = await storeProduct(subject());
        const moved = { ...product, categoryId: nowhere.categoryId };
        expect(await outcomeOf(transact(({ products }) => products.update(next(moved), product)))).to.equal(
          'unknown_category',
        );
        expect(await outside.products.find(product.id)).to.deep.equal(product);
      });
    });

    describe('a SKU', () => {
      /** One that no other test has. */
      const mint = () => `Mug-${aProduct().id}`;
      const refusing = (sku: string) =>
        outcomeOf(subject().transact(({ products }) => products.add(aProduct({ sku }))));

      it('A SKU is stored as it was written', async () => {
        const sku = `${mint()}_!#"~`;
        const { id } = await storeProduct(subject(), { sku });
        expect(await subject().outside.products.find(id)).to.have.property('sku', sku);
      });

      it('A SKU is of one product, whatever its letter case; any number have none', async () => {
        const sku = mint();
        const { id } = await storeProduct(subject(), { sku });
        for (const same of [sku, sku.toUpperCase(), sku.toLowerCase()])
          expect(await refusing(same), same).to.equal('sku_taken');
        const other = await storeProduct(subject());
        const { transact, outside } = subject();
        const update = (product: Product) =>
          outcomeOf(transact(({ products }) => products.update(next(product), product)));
        expect(await update({ ...other, sku: sku.toUpperCase() })).to.equal('sku_taken');
        // Its own SKU is no other product's.
        expect(await update({ ...aProduct({ id }), sku: sku.toUpperCase() })).to.equal('done');
        expect(await outside.products.find(id)).to.have.property('sku', sku.toUpperCase());
      });

      it('A SKU is free again when its product is deleted or has another one', async () => {
        const { transact } = subject();
        const [deleted, renamed] = [mint(), mint()];
        const gone = await storeProduct(subject(), { sku: deleted });
        await transact(({ products }) => products.withdraw(Product.withdraw(gone, LATER)));
        expect(await refusing(deleted)).to.equal('done');
        const other = await storeProduct(subject(), { sku: renamed });
        await transact(({ products }) => products.update(next({ ...other, sku: null }), other));
        expect(await refusing(renamed)).to.equal('done');
      });

      it('A SKU is given to exactly one of 20 products that are added with it at once', async () => {
        const sku = mint();
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, i) => refusing(i % 2 === 0 ? sku : sku.toUpperCase())),
        );
        expect(tally(outcomes)).to.deep.equal({ done: 1, sku_taken: 19 });
      });
    });

    describe('a change', () => {
      it('The change of a product stores every field under the next version', async () => {
        const { transact, outside } = subject();
        const { id: categoryId } = await storeCategory(subject());
        const product = await storeProduct(subject());
        const edited: Product = {
          ...product,
          sku: `TIN-${product.id}`,
          name: 'Tin mug',
          description: '',
          price: dollars(5),
          categoryId,
          imageUrl: 'https://images.example/tin.png',
          updatedAt: LATER,
        };
        await transact(({ products }) => products.update(next(edited), product));
        expect(await outside.products.find(product.id)).to.deep.equal({ ...edited, version: 2 });
      });

      it('The change of a product is refused when the product has another version or is deleted', async () => {
        const { transact } = subject();
        const product = await storeProduct(subject());
        const update = (version: number) =>
          transact(({ products }) => outcomeOf(products.update(next({ ...product, version }), product)));
        expect(await update(1)).to.equal('done');
        expect(await update(1)).to.equal('stale_write');
        await transact(({ products }) =>
          products.withdraw(Product.withdraw({ ...product, version: 2 }, LATER)),
        );
        expect(await update(2)).to.equal('stale_write');
      });

      it('The change of a product is made by exactly one of 20 writers who have seen the same version', async () => {
        const { transact, outside } = subject();
        const product = await storeProduct(subject());
        const names = Array.from({ length: 20 }, (_, i) => `Written by ${i}`);
        const outcomes = await Promise.all(
          names.map((name) =>
            transact(({ products }) => outcomeOf(products.update(next({ ...product, name }), product))),
          ),
        );
        expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
        const winner = names[outcomes.indexOf('done')];
        expect(await outside.products.find(product.id)).to.deep.equal({
          ...product,
          name: winner,
          version: 2,
        });
      });
    });

    describe('a deletion', () => {
      it('The deletion of a product leaves nothing but the summary, with nothing available', async () => {
        const { transact, outside } = subject();
        const category = await storeCategory(subject());
        const product = await storeProduct(subject(), { categoryId: category.id }, 3);
        await transact(({ products }) => products.withdraw(Product.withdraw(product, LATER)));
        expect(await outside.products.find(product.id)).to.equal(null);
        expect(await outside.products.findDetails(product.id)).to.equal(null);
        expect(await transact(({ products }) => products.lockForSale([product.id]))).to.deep.equal([]);
        const { id, name, price, imageUrl } = product;
        expect(await outside.products.summaries([id])).to.deep.equal([
          { id, name, price, imageUrl, available: 0, deleted: true },
        ]);
      });

      it('The deletion of a product sets its category free', async () => {
        const { transact, outside } = subject();
        const category = await storeCategory(subject());
        const product = await storeProduct(subject(), { categoryId: category.id });
        await transact(({ products }) => products.withdraw(Product.withdraw(product, LATER)));
        await transact(({ categories }) => categories.remove(category));
        expect(await outside.categories.find(category.id)).to.equal(null);
      });

      it('The deletion of a product is made by exactly one of 20 who have seen the same version', async () => {
        const { transact } = subject();
        const product = await storeProduct(subject());
        const remove = () =>
          transact(({ products }) => outcomeOf(products.withdraw(Product.withdraw(product, LATER))));
        const outcomes = await Promise.all(Array.from({ length: 20 }, remove));
        expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
      });
    });

    it('A repository of products summarises the requested products and no others', async () => {
      const [mug, pot] = [await storeProduct(subject(), {}, 4), await storeProduct(subject())];
      const found = await subject().outside.products.summaries([mug.id, pot.id, aProduct().id]);
      expect(found).to.have.deep.members(
        [mug, pot].map(({ id, name, price, imageUrl }) => ({
          ...{ id, name, price, imageUrl },
          available: id === mug.id ? 4 : 0,
          deleted: false,
        })),
      );
    });

    it('Locking products for a sale returns what a sale needs of them', async () => {
      const product = await storeProduct(subject(), {}, 4);
      const { id, sku, name, price } = product;
      const locked = await subject().transact(({ products }) => products.lockForSale([id, aProduct().id]));
      const stock = { productId: id, quantity: 4, version: 1 };
      expect(locked).to.deep.equal([{ id, sku, name, price, stock }]);
    });

    describe('holding', () => {
      it('Locking products keeps edits waiting until the transaction ends', async () => {
        const { transact, outside } = subject();
        const product = await storeProduct(subject());
        const held = gate();
        const sale = transact(async ({ products }) => {
          const [first] = await products.lockForSale([product.id]);
          held.open();
          // Far more turns than the edit needs, if nothing stops it.
          const names = new Set([first?.name]);
          for (let i = 0; i < 50; i += 1) names.add((await products.find(product.id))?.name);
          return [...names];
        });
        await held.opened;
        await transact(({ products }) => products.update(next({ ...product, name: 'Renamed' }), product));
        expect(await sale).to.deep.equal([product.name]);
        expect((await outside.products.find(product.id))?.name).to.equal('Renamed');
      });

      it('Locking products never makes two transactions wait for each other', async () => {
        const { transact } = subject();
        const stored = [await storeProduct(subject()), await storeProduct(subject())];
        const ids = stored.map(({ id }) => id);
        let attempts = 0;
        const hold = (order: typeof ids) =>
          transact(({ products }) => {
            attempts += 1;
            return products.lockForSale(order);
          });
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, i) => hold(i % 2 === 0 ? ids : ids.toReversed())),
        );
        for (const held of results) expect(held.map(({ id }) => id)).to.have.members(ids);
        expect(attempts).to.equal(20);
      });
    });
  });

  productListContract(name, open);
  productSearchContract(name, open);

  describe(`Products on ${name} with one connection`, () => {
    const subject = openedSubject(open, 1);

    it('Products with one connection stay inside their transaction in every call', async () => {
      const { transact, outside } = subject();
      const category = await storeCategory(subject());
      const product = aProduct({ categoryId: category.id });
      const details = await transact(async ({ products, stock }) => {
        await products.add(product);
        await stock.add(StockLevel.open(product.id, 0));
        await products.lockForSale([product.id]);
        await products.update(next({ ...product, name: 'Tin mug' }), product);
        const { items } = await products.list({ text: 'tin', inStock: false }, 'name', {
          limit: 1,
          after: null,
        });
        expect(items).to.have.lengthOf(1);
        expect(await products.summaries([product.id])).to.have.lengthOf(1);
        return products.findDetails(product.id);
      });
      expect(details).to.deep.equal(await outside.products.findDetails(product.id));
      const stored = await outside.products.find(product.id);
      expect(stored).to.deep.equal({ ...product, name: 'Tin mug', version: 2 });
    });

    it('Products with one connection are changed by exactly one of 20 writers who have seen the same version', async () => {
      const { transact } = subject();
      const product = await storeProduct(subject());
      const update = () => transact(({ products }) => outcomeOf(products.update(next(product), product)));
      const outcomes = await Promise.all(Array.from({ length: 20 }, update));
      expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
    });
  });
};
