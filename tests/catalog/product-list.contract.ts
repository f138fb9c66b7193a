import { expect } from 'chai';
import type { ProductFilter } from '#src/contexts/catalog/application/ports.js';
import { PRODUCT_SORTS, productPosition } from '#src/contexts/catalog/application/product-sorts.js';
import { Product } from '#src/contexts/catalog/domain/product.js';
import { compareText } from '#src/kernel/text.js';
import { aCategory, dollars } from '../support/builders/catalog.js';
import { openedSubject, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';
import { storeCategory, storeProduct, type CatalogStore } from './catalog-store.js';

const SORTS = Object.keys(PRODUCT_SORTS) as (keyof typeof PRODUCT_SORTS)[];
const LATER = new Date('2026-02-01T00:00:00.000Z');

/** The part of `productRepositoryContract` that is about `list`. */
export const productListContract = (name: string, open: OpenSubject<CatalogStore>): void => {
  describe(`The list of products on ${name}`, () => {
    const subject = openedSubject(open, 2);

    const listed = async (filter: ProductFilter): Promise<readonly string[]> => {
      const { products } = subject().outside;
      const found = await walk((page) => products.list(filter, 'name', page), 100);
      return found.map(({ product }) => product.name);
    };

    it('The list of products shows stock and category beside each product, and no deleted one', async () => {
      const { transact, outside } = subject();
      const category = await storeCategory(subject());
      const inIt = { categoryId: category.id };
      const mug = await storeProduct(subject(), { ...inIt, name: 'Mug' }, 2);
      const pot = await storeProduct(subject(), { ...inIt, name: 'Pot' });
      const gone = await storeProduct(subject(), inIt);
      await transact(({ products }) => products.withdraw(Product.withdraw(gone, LATER)));
      const page = { limit: 5, after: null };
      expect(await outside.products.list(inIt, 'name', page)).to.deep.equal({
        items: [
          { product: mug, stock: { productId: mug.id, quantity: 2, version: 1 }, category },
          { product: pot, stock: { productId: pot.id, quantity: 0, version: 0 }, category },
        ],
        next: null,
      });
      const { items } = await outside.products.list({}, '-createdAt', { limit: 100, after: null });
      expect(items.map(({ product }) => product.id)).not.to.include(gone.id);
    });

    it('The list of products ends when the last page is just full', async () => {
      const { id: categoryId } = await storeCategory(subject());
      await storeProduct(subject(), { categoryId });
      const { products } = subject().outside;
      const page = await products.list({ categoryId }, 'name', { limit: 1, after: null });
      expect(page.items).to.have.lengthOf(1);
      expect(page.next).to.equal(null);
    });

    it('The list of products finds by a SKU whole and in any letter case, and by its words', async () => {
      const { transact } = subject();
      const { id: categoryId } = await storeCategory(subject());
      const sku = `Pot-${categoryId}`;
      await storeProduct(subject(), { categoryId, name: 'Pot', sku });
      await storeProduct(subject(), { categoryId, name: 'Lid', sku: `${sku}-L` });
      const gone = await storeProduct(subject(), { categoryId, name: 'Gone', sku: `${sku}-G` });
      await transact(({ products }) => products.withdraw(Product.withdraw(gone, LATER)));
      for (const same of [sku, sku.toUpperCase(), sku.toLowerCase()])
        expect(await listed({ sku: same }), same).to.deep.equal(['Pot']);
      expect(await listed({ sku: 'Pot' })).to.deep.equal([]);
      expect(await listed({ sku: `${sku}-G` })).to.deep.equal([]);
      expect(await listed({ text: sku.toUpperCase() })).to.deep.equal(['Lid', 'Pot']);
      const { id: elsewhere } = await storeCategory(subject());
      expect(await listed({ sku, categoryId })).to.deep.equal(['Pot']);
      expect(await listed({ sku, categoryId: elsewhere })).to.deep.equal([]);
    });

    it('The list of products sorts names by their letters, then by accents, whatever their case', async () => {
      const { id: categoryId } = await storeCategory(subject());
      const sorted = [
        'Ähre',
        'Apfel',
        'apfel',
        'äpfel',
        'Apfel saft',
        'Čaj',
        'Dose',
        'Ödland',
        'Zitrone',
        'Ωmega',
        'Яблоко',
      ];
      for (const title of sorted) await storeProduct(subject(), { categoryId, name: title });
      const { products } = subject().outside;
      const down = await walk((page) => products.list({ categoryId }, '-name', page), 2);
      expect(await listed({ categoryId })).to.deep.equal(sorted);
      expect(down.map(({ product }) => product.name)).to.deep.equal(sorted.toReversed());
    });

    it('The list of products filters by category, by price with both ends, and by stock, all together', async () => {
      const [tea, other] = [await storeCategory(subject()), await storeCategory(subject())];
      const store = (title: string, price: number, quantity: number, categoryId = tea.id) =>
        storeProduct(subject(), { name: title, price: dollars(price), categoryId }, quantity);
      await store('a', 1, 0);
      await store('b', 2, 1);
      await store('c', 3, 0);
      await store('d', 4, 9);
      await store('e', 3, 1, other.id);
      const find = (filter: ProductFilter) => listed({ categoryId: tea.id, ...filter });
      expect(await find({})).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(await find({ minPrice: dollars(2) })).to.deep.equal(['b', 'c', 'd']);
      expect(await find({ maxPrice: dollars(3) })).to.deep.equal(['a', 'b', 'c']);
      expect(await find({ minPrice: dollars(2.01), maxPrice: dollars(3.99) })).to.deep.equal(['c']);
      expect(await find({ inStock: true })).to.deep.equal(['b', 'd']);
      expect(await find({ inStock: false })).to.deep.equal(['a', 'c']);
      expect(await find({ inStock: true, maxPrice: dollars(3), text: 'b' })).to.deep.equal(['b']);
      expect(await listed({ categoryId: aCategory().id })).to.deep.equal([]);
    });

    for (const sort of SORTS)
      it(`The list of products neither repeats nor skips by ${sort} while rows come, go and share a value`, async () => {
        const { transact, outside } = subject();
        const { id: categoryId } = await storeCategory(subject());
        // Three of each value of every key; UTF-16 units would sort the last two names the other way round.
        const names = ['apple', '\uE000', '🫖'];
        const nth = (n: number): Partial<Product> => ({
          categoryId,
          name: names[n % 3] ?? '',
          price: dollars((n % 3) + 0.5),
          createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, 0, n % 3)),
        });
        const original: Product[] = [];
        for (let n = 0; n < 9; n += 1) original.push(await storeProduct(subject(), nth(n)));
        const position = productPosition(sort);
        const sign = PRODUCT_SORTS[sort].direction === 'asc' ? 1 : -1;
        const inOrder = (a: Product, b: Product): number => {
          const [left, right] = [position(a), position(b)];
          const byKey =
            typeof left.key === 'number'
              ? left.key - Number(right.key)
              : compareText(left.key, String(right.key));
          return sign * (byKey || compareText(left.id, right.id));
        };
        const last = original.toSorted(inOrder).at(-1);
        if (last === undefined) return expect.fail('there are products');

        const seen = await walk(
          (page) => outside.products.list({ categoryId }, sort, page),
          2,
          async (pagesRead) => {
            // Not for ever, or a walk that they follow would never end.
            for (let n = 0; n < 3 && pagesRead < 4; n += 1) await storeProduct(subject(), nth(n));
            if (pagesRead === 1)
              await transact(({ products }) => products.withdraw(Product.withdraw(last, LATER)));
          },
        );
        const products = seen.map(({ product }) => product);
        const ids = products.map(({ id }) => id);
        expect(new Set(ids).size).to.equal(ids.length);
        expect(ids).to.include.members(original.filter(({ id }) => id !== last.id).map(({ id }) => id));
        expect(ids).not.to.include(last.id);
        expect(products).to.deep.equal(products.toSorted(inOrder));
      });
  });
};
