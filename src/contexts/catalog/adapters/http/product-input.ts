import { Money, type Currency } from '#src/kernel/money.js';
import type { KeyKind } from '#src/platform/http/lists/cursor.js';
import { listSearch } from '#src/platform/http/lists/list.js';
import { price, searchText } from '#src/platform/http/routes/schemas.js';
import {
  boolean,
  changes,
  integer,
  keyOf,
  object,
  string,
  text,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { ProductFilter, ProductSort } from '../../application/ports.js';
import { PRODUCT_SORTS } from '../../application/product-sorts.js';
import type { CategoryId } from '../../domain/category.js';
import { MAX_SKU, SKU_CHARACTERS } from '../../domain/sku.js';
import { MAX_STOCK } from '../../domain/stock.js';

/** The amount that a price stands for; its schema has let only exact ones pass. */
const moneyOf = (major: number, currency: Currency): Money => {
  const money = Money.fromMajor(major, currency);
  if (money === null) throw new RangeError(`${major} ${currency.code} is no exact amount`);
  return money;
};

/** The same fields with an exact price, for the use cases. */
export const priced =
  (currency: Currency) =>
  <Fields extends { readonly price: number }>({ price: major, ...rest }: Fields) => ({
    ...rest,
    price: moneyOf(major, currency),
  });

export const pricedIfGiven =
  (currency: Currency) =>
  <Fields extends { readonly price?: number }>({ price: major, ...rest }: Fields) => ({
    ...rest,
    ...(major !== undefined && { price: moneyOf(major, currency) }),
  });

/** Http or https, and no `user:password@` before the host: it would be shown to everybody, and looks like another host. */
const WEB_URL = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/;

const sku = () =>
  string({
    pattern: [SKU_CHARACTERS, 'must have visible ASCII characters only, and no spaces'],
    max: MAX_SKU,
  });

const fields = (currency: Currency) => ({
  sku: sku()
    .nullable()
    .description(
      'Stock keeping unit: 1 to 64 visible ASCII characters without spaces, unique among the products of the shop; letter case is ignored',
    )
    .example('MUG-350-BLUE'),
  name: text(200).example('Enamel mug'),
  description: text(10_000, { blank: true }).example('Holds 350 ml and survives the campfire.'),
  price: price(currency).example(19),
  categoryId: uuid<CategoryId>().nullable().description('null for no category'),
  imageUrl: string({
    url: ['http', 'https'],
    pattern: [WEB_URL, 'must be an http or https URL without user name and password'],
    max: 2048,
  })
    .nullable()
    .description('http or https, without user name and password')
    .example('https://images.example/mug.jpg'),
});

const count = () => integer({ min: 0, max: MAX_STOCK });

const recount = () => count().description('Sets the stock; if absent, the stock does not change').optional();

/** The bodies of the writing calls, for a shop of that currency. */
export const productBodies = (currency: Currency) => {
  const content = fields(currency);
  const { sku: code, categoryId, imageUrl } = content;
  const whole = {
    ...content,
    sku: code.default(null),
    // A body that repeats what was read names the category by `category`, which can only be repeated.
    categoryId: categoryId.defaultAt(['category', 'id']),
    imageUrl: imageUrl.default(null),
  };
  return {
    create: object('NewProduct', {
      ...whole,
      quantity: count().default(0).description('Initial stock').example(10),
    }),
    replace: object('ProductReplacement', { ...whole, quantity: recount() }),
    change: changes('ProductChanges', { ...content, quantity: recount() }).example({ price: 21 }),
  };
};

export const productSearch = (currency: Currency) =>
  listSearch({
    q: searchText('name, description or SKU').optional(),
    sku: sku().description('The product with this SKU, in any letter case').optional(),
    category: uuid<CategoryId>().description('Only products in the category with this id').optional(),
    minPrice: price(currency).optional(),
    maxPrice: price(currency).optional(),
    inStock: boolean()
      .description('true: only products in stock; false: only products that are sold out')
      .optional(),
    sort: keyOf(PRODUCT_SORTS).default('-createdAt').description('A minus sorts in descending order'),
  });

export type ProductSearch = ValueOf<ReturnType<typeof productSearch>>;

const SORT_KINDS = { name: 'text', price: 'number', createdAt: 'time' } as const;

/** What the list is sorted by, as its cursors tell it. */
export const sortKind = (sort: ProductSort): KeyKind => SORT_KINDS[PRODUCT_SORTS[sort].by];

export const productFilter = (
  { q, sku: code, category, minPrice, maxPrice, inStock }: ProductSearch,
  currency: Currency,
): ProductFilter => ({
  ...(q !== undefined && { text: q }),
  ...(code !== undefined && { sku: code }),
  ...(category !== undefined && { categoryId: category }),
  ...(minPrice !== undefined && { minPrice: moneyOf(minPrice, currency) }),
  ...(maxPrice !== undefined && { maxPrice: moneyOf(maxPrice, currency) }),
  ...(inStock !== undefined && { inStock }),
});
