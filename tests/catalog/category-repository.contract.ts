import { expect } from 'chai';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import type { PageRequest } from '#src/kernel/page.js';
import { aCategory, aProduct } from '../support/builders/catalog.js';
import { next, openedSubject, outcomeOf, outcomeOnce, tally, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';
import { storeCategory, storeProduct, type CatalogStore } from './catalog-store.js';

const LATER = new Date('2026-02-01T00:00:00.000Z');

/** What every `CategoryRepository` does. */
export const categoryRepositoryContract = (name: string, open: OpenSubject<CatalogStore>): void => {
  describe(`Categories on ${name}`, () => {
    const subject = openedSubject(open, 20);

    it('A missing category is null', async () => {
      expect(await subject().outside.categories.find(aCategory().id)).to.equal(null);
    });

    it('Categories are read back as they were stored, with 4-byte characters and of the greatest length', async () => {
      const category = await storeCategory(subject(), {
        name: '🫖'.repeat(120),
        description: '🍵'.repeat(2000),
      });
      expect(await subject().outside.categories.find(category.id)).to.deep.equal(category);
    });

    it('Categories leave nothing when their transaction fails', async () => {
      const { transact, outside } = subject();
      const category = aCategory();
      const failing = transact(async ({ categories }) => {
        await categories.add(category);
        throw new Error('changed my mind');
      });
      expect(await failing.catch(String)).to.equal('Error: changed my mind');
      expect(await outside.categories.find(category.id)).to.equal(null);
    });

    it('Categories store a change under the next version', async () => {
      const { transact, outside } = subject();
      const category = await storeCategory(subject());
      const renamed = { ...category, name: `New ${category.id}`, description: '', updatedAt: LATER };
      await transact(({ categories }) => categories.update(next(renamed)));
      expect(await outside.categories.find(category.id)).to.deep.equal({ ...renamed, version: 2 });
      const page = await walk((request) => outside.categories.list(request), 100);
      expect(page.map(({ name: shown }) => shown)).to.include(renamed.name);
    });

    it('Categories have one name each, whatever its letter case or white space', async () => {
      const { transact } = subject();
      const { id, name: taken } = await storeCategory(subject());
      const other = await storeCategory(subject());
      const same = { name: `  ${taken.toUpperCase()} ` };
      const add = transact(({ categories }) => categories.add(aCategory(same)));
      expect(await outcomeOf(add)).to.equal('category_exists');
      const rename = transact(({ categories }) => categories.update(next({ ...other, ...same })));
      expect(await outcomeOf(rename)).to.equal('category_exists');
      // Its own name does not collide with itself.
      const recase = transact(({ categories }) => categories.update(next(aCategory({ id, ...same }))));
      expect(await outcomeOf(recase)).to.equal('done');
    });

    it('Categories have a name of their own, whatever its letter case and invisible characters; accents make another', async () => {
      const { transact } = subject();
      const { id: mark } = aCategory();
      const add = (title: string) =>
        outcomeOf(transact(({ categories }) => categories.add(aCategory({ name: `${title} ${mark}` }))));
      for (const [title, ...same] of [
        ['Groß', 'GROSS', 'groẞ', 'Gro\u00adß', 'ＧＲＯＳＳ'],
        ['Jalapen\u0303o', 'JALAPEÑO'],
        ['ΣΑΣ', 'σας'],
        ['ﬁne', 'FINE'],
      ] as const) {
        expect(await add(title), title).to.equal('done');
        for (const other of same) expect(await add(other), other).to.equal('category_exists');
      }
      for (const another of ['Jalapeno', 'Grös', 'σασα'])
        expect(await add(another), another).to.equal('done');
    });

    it('Categories have one id each', async () => {
      const { transact } = subject();
      const { id } = await storeCategory(subject());
      const add = transact(({ categories }) => categories.add(aCategory({ id })));
      expect(await outcomeOf(add)).to.equal('category_exists');
    });

    it('Categories are added once by 20 who choose one name', async () => {
      const { transact } = subject();
      const { name: chosen } = aCategory();
      const add = () => outcomeOf(transact(({ categories }) => categories.add(aCategory({ name: chosen }))));
      const outcomes = await Promise.all(Array.from({ length: 20 }, add));
      expect(tally(outcomes)).to.deep.equal({ done: 1, category_exists: 19 });
    });

    it('Categories are changed, or removed, by exactly one of 20 who have seen the same version', async () => {
      const { transact } = subject();
      const category = await storeCategory(subject());
      const update = () => transact(({ categories }) => outcomeOf(categories.update(next(category))));
      expect(tally(await Promise.all(Array.from({ length: 20 }, update)))).to.deep.equal({
        done: 1,
        stale_write: 19,
      });
      const seen = { ...category, version: 2 };
      const remove = () => transact(({ categories }) => outcomeOf(categories.remove(seen)));
      expect(tally(await Promise.all(Array.from({ length: 20 }, remove)))).to.deep.equal({
        done: 1,
        stale_write: 19,
      });
    });

    describe('removal', () => {
      it('The removal of a category is refused while a product is in it, and by another version', async () => {
        const { transact, outside } = subject();
        const category = await storeCategory(subject());
        const product = await storeProduct(subject(), { categoryId: category.id });
        const remove = () => transact(({ categories }) => categories.remove(category));
        expect(await outcomeOf(remove())).to.equal('category_in_use');
        expect(await outside.categories.find(category.id)).to.deep.equal(category);
        await transact(({ products }) => products.update(next({ ...product, categoryId: null }), product));
        const older = { ...category, version: category.version - 1 };
        expect(await outcomeOnce(transact, ({ categories }) => categories.remove(older))).to.equal(
          'stale_write',
        );
        expect(await outcomeOf(remove())).to.equal('done');
        expect(await outside.categories.find(category.id)).to.equal(null);
      });

      it('The removal of a category and the addition of a product to it never both succeed', async () => {
        const { transact, outside } = subject();
        for (let round = 0; round < 10; round += 1) {
          const category = await storeCategory(subject());
          const product = aProduct({ categoryId: category.id });
          const [added, removed] = await Promise.all([
            outcomeOf(
              transact(async ({ products, stock }) => {
                await products.add(product);
                await stock.add(StockLevel.open(product.id, 0));
              }),
            ),
            outcomeOf(transact(({ categories }) => categories.remove(category))),
          ]);
          expect(['done, category_in_use', 'unknown_category, done']).to.include(`${added}, ${removed}`);
          const stays = (await outside.categories.find(category.id)) !== null;
          expect((await outside.products.find(product.id)) !== null).to.equal(stays);
        }
      });
    });

    it('Categories are listed by name, and a walk neither repeats nor skips while they come and go', async () => {
      const { transact, outside } = subject();
      // In the order of code points; UTF-16 units would put the teapot before the private-use character.
      const titles = ['Äpfel', 'apple', 'b', 'Zebra', '\uE000', '🫖'];
      const { id: mark } = aCategory();
      const stored = [];
      for (const title of titles.toReversed())
        stored.unshift(await storeCategory(subject(), { name: `${title} ${mark}` }));
      const doomed = stored[4];
      if (doomed === undefined) return expect.fail('there are categories');
      const list = (page: PageRequest) => outside.categories.list(page);
      const seen = await walk(list, 2, async (pagesRead) => {
        if (pagesRead > 1) return;
        await storeCategory(subject(), { name: `! ${mark}` });
        await storeCategory(subject(), { name: `🫗 ${mark}` });
        await transact(({ categories }) => categories.remove(doomed));
      });
      const ids = seen.map(({ id }) => id);
      expect(new Set(ids).size).to.equal(ids.length);
      const survivors = new Set(stored.filter((category) => category !== doomed).map(({ id }) => id));
      expect(ids.filter((id) => survivors.has(id))).to.deep.equal([...survivors]);
      expect(ids).not.to.include(doomed.id);
    });
  });

  describe(`Categories on ${name} with one connection`, () => {
    const subject = openedSubject(open, 1);

    it('Categories with one connection stay inside their transaction in every call', async () => {
      const { transact, outside } = subject();
      const category = aCategory();
      await transact(async ({ categories }) => {
        await categories.add(category);
        await categories.update(next({ ...category, description: 'Changed' }));
        expect((await categories.list({ limit: 1, after: null })).items).to.have.lengthOf(1);
        await categories.remove({ ...category, version: 2 });
        expect(await categories.find(category.id)).to.equal(null);
      });
      expect(await outside.categories.find(category.id)).to.equal(null);
    });
  });
};
