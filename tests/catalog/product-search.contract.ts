import { expect } from 'chai';
import type { ProductFilter, ProductSort } from '#src/contexts/catalog/application/ports.js';
import { PRODUCT_SORTS } from '#src/contexts/catalog/application/product-sorts.js';
import { Product } from '#src/contexts/catalog/domain/product.js';
import { dollars } from '../support/builders/catalog.js';
import { next, openedSubject, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';
import { storeCategory, storeProduct, type CatalogStore } from './catalog-store.js';

const LATER = new Date('2026-02-01T00:00:00.000Z');

/** Name, description and SKU of what is searched for. */
const SHELF: Readonly<Record<string, readonly [string, (string | null)?]>> = {
  'Enamel Mug': ['blue, holds 350 ml', 'MUG-350-BLUE'],
  'Enamel Pot': ['Über-large; the pot of a name'],
  '100% cotton_cloth': ["it's 5!6\\7"],
  '100 cottonXcloth': ['its 567'],
  'T-Shirt “Fußmatte”': ['İzmir üzümü'],
  "Jalapeño by O'Neil’s": ['Smørrebrød & soft\u00adhyphen'],
  '东京塔 postcard': ['緑茶 コーヒー'],
  'ชาเขียว 茶': ['한국어로 쓴 책'],
  '🫖': [''],
};
const [MUG, POT, CLOTH, OTHER, SHIRT, PEPPER, CARD, TEA, EMOJI] = Object.keys(SHELF) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

/** What each search finds, on every store. */
const SEARCHES: readonly (readonly [query: string, found: readonly string[]])[] = [
  // words and beginnings of words, in any order and letter case; nothing within a word
  ['ENAMEL', [MUG, POT]],
  ['  ename   po ', [POT]],
  ['namel', []],
  ['mug pot', []],
  ['enamel enam e', [MUG, POT]],
  // short words, and words that databases leave out
  ['a', [POT]],
  ['the of a', [POT]],
  ['5', [CLOTH, OTHER]],
  ['35', [MUG]],
  ['350ml', []],
  // accents, letter case, compatibility forms, invisible characters
  ['uber', [POT]],
  ['FUSSMATTE', [SHIRT]],
  ['fuẞmatte', [SHIRT]],
  ['IZMIR UZUMU', [SHIRT]],
  ['JALAPEN\u0303O', [PEPPER]],
  ['smorrebrod', [PEPPER]],
  ['softhyphen', [PEPPER]],
  ['so\u200bft', [PEPPER]],
  // hyphens and other punctuation
  ['t-shirt', [SHIRT]],
  ['t shirt', [SHIRT]],
  ['shirt', [SHIRT]],
  ['mug-350-blue', [MUG]],
  ['350-bl', [MUG]],
  ['"enamel mug",', [MUG]],
  ['o’neil', [PEPPER]],
  ["O'NEIL'S", [PEPPER]],
  ['smorrebrod & soft', [PEPPER]],
  ['cotton_', [OTHER, CLOTH]],
  ['cotton_cl', [CLOTH]],
  ['100%', [OTHER, CLOTH]],
  // signs alone, and what means something to a database
  ['%', []],
  ['_', []],
  ['%%', []],
  ['\\', []],
  ['!', []],
  ["' OR 1=1 --", []],
  [':name $1 ?', []],
  ['+enamel -mug', [MUG]],
  ['enamel*', [MUG, POT]],
  ['enamel | cotton', []],
  ['NOT enamel', []],
  // scripts without spaces between words, and others that are not Latin
  ['东京', [CARD]],
  ['京塔', [CARD]],
  ['东京塔', [CARD]],
  ['东塔', []],
  ['塔', [CARD]],
  ['京', [CARD]],
  ['茶', [CARD, TEA]],
  ['緑茶 东京塔postcard', [CARD]],
  ['コーヒー', [CARD]],
  ['ｺｰﾋｰ', [CARD]],
  ['เขียว', [TEA]],
  ['한국', [TEA]],
  ['국어', []],
  ['🫖', [EMOJI]],
  // no words: everything
  ['', Object.keys(SHELF)],
  [' \u00ad \n', Object.keys(SHELF)],
];

/** The part of `productRepositoryContract` that is about searches. */
export const productSearchContract = (name: string, open: OpenSubject<CatalogStore>): void => {
  describe(`The search for products on ${name}`, () => {
    const subject = openedSubject(open, 2);

    const listed = async (filter: ProductFilter, sort: ProductSort = 'name', limit = 100) => {
      const { products } = subject().outside;
      const found = await walk((page) => products.list(filter, sort, page), limit);
      return found.map(({ product }) => product.name);
    };

    it('The search for products finds each text by the same queries on every store', async () => {
      const { id: categoryId } = await storeCategory(subject());
      for (const [title, [description, sku = null]] of Object.entries(SHELF))
        await storeProduct(subject(), { categoryId, name: title, description, sku });
      for (const [text, found] of SEARCHES) {
        const names = await listed({ categoryId, text });
        expect(names, text).to.have.members(found);
      }
    });

    it('The search for products meets other filters and every sort, page by page', async () => {
      const { id: categoryId } = await storeCategory(subject());
      const titles = ['mug a', 'mug b', 'mug c', 'mug d', 'mug e'];
      for (const [i, title] of titles.entries()) {
        const createdAt = new Date(Date.UTC(2026, 0, 1 + i));
        await storeProduct(subject(), { categoryId, name: title, price: dollars(i + 1), createdAt }, i % 2);
      }
      for (const sort of Object.keys(PRODUCT_SORTS) as ProductSort[]) {
        const wanted = PRODUCT_SORTS[sort].direction === 'asc' ? titles : titles.toReversed();
        expect(await listed({ categoryId, text: 'mug' }, sort, 2), sort).to.deep.equal(wanted);
      }
      const narrow = { categoryId, text: 'mug', minPrice: dollars(2), maxPrice: dollars(4) };
      expect(await listed(narrow)).to.deep.equal(['mug b', 'mug c', 'mug d']);
      expect(await listed({ ...narrow, inStock: true })).to.deep.equal(['mug b', 'mug d']);
    });

    it('The search for products sees what was changed, and no deleted product', async () => {
      const { transact } = subject();
      const { id: categoryId } = await storeCategory(subject());
      const product = await storeProduct(subject(), { categoryId, name: 'Enamel mug', description: 'blue' });
      const edited = next({ ...product, name: 'Copper mug' });
      await transact(({ products }) => products.update(edited, product));
      expect(await listed({ categoryId, text: 'enamel' })).to.deep.equal([]);
      for (const text of ['copper', 'mug', 'blue'])
        expect(await listed({ categoryId, text }), text).to.deep.equal(['Copper mug']);
      await transact(({ products }) => products.withdraw(Product.withdraw(edited, LATER)));
      expect(await listed({ categoryId, text: 'copper' })).to.deep.equal([]);
    });

    it('The search for products sees nothing of a transaction that was rolled back', async () => {
      const { transact } = subject();
      const { id: categoryId } = await storeCategory(subject());
      const product = await storeProduct(subject(), { categoryId, name: 'Enamel mug' });
      const undone = transact(async ({ products }) => {
        await products.update(next({ ...product, name: 'Copper mug' }), product);
        throw new Error('undone');
      });
      await undone.catch(() => undefined);
      expect(await listed({ categoryId, text: 'copper' })).to.deep.equal([]);
      expect(await listed({ categoryId, text: 'enamel' })).to.deep.equal(['Enamel mug']);
    });
  });
};
