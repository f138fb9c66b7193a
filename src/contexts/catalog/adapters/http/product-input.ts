import {
  EXAMPLE_CATEGORY,
  EXAMPLE_NEW_PRODUCT,
  EXAMPLE_OTHER_CATEGORY,
  EXAMPLE_PRODUCT,
} from '#src/kernel/examples.js';
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

export const requiredSku = sku;

/** The fields of a product that an administrator writes. */
export const contentFields = (currency: Currency) => ({
  sku: sku()
    .nullable()
    .description(
      'Stock keeping unit: 1 to 64 visible ASCII characters without spaces, unique among the products of the shop; letter case is ignored',
    ),
  name: text(200).description('Name for customers'),
  description: text(10_000, { blank: true }).description('Text for customers; may be empty'),
  price: price(currency),
  categoryId: uuid<CategoryId>().nullable().description('Id of the category; null for none'),
  imageUrl: string({
    url: ['http', 'https'],
    pattern: [WEB_URL, 'must be an http or https URL without user name and password'],
    max: 2048,
  })
    .nullable()
    .description('http or https, without user name and password; null for none'),
});

const count = () => integer({ min: 0, max: MAX_STOCK });

export const recount = () =>
  count().description('Sets the stock; if absent, the stock does not change').optional();

const contentOf = <const C>(
  { sku: code, name, description, price: major }: typeof EXAMPLE_PRODUCT | typeof EXAMPLE_NEW_PRODUCT,
  more: C,
) => ({
  ...{ sku: code, name, description, price: major },
  ...more,
});

const EXAMPLES = {
  create: contentOf(EXAMPLE_NEW_PRODUCT, {
    categoryId: EXAMPLE_OTHER_CATEGORY.id,
    imageUrl: EXAMPLE_NEW_PRODUCT.imageUrl,
    quantity: 10,
  }),
  replace: contentOf(EXAMPLE_PRODUCT, { categoryId: EXAMPLE_CATEGORY.id }),
};

/** The bodies of the writing calls, for a shop of that currency. */
export const productBodies = (currency: Currency) => {
  const content = contentFields(currency);
  const { sku: code, categoryId, imageUrl } = content;
  const whole = {
    ...content,
    sku: code.default(null),
    // A body that repeats what was read names the category by `category`, which can only be repeated.
    categoryId: categoryId.defaultAt(['category', 'id']),
    imageUrl: imageUrl.default(null),
  };
  return {
    create: object(
      'ProductCreate',
      { ...whole, quantity: count().default(0).description('Initial stock') },
      { description: 'A product to create. Absent, `sku`, `categoryId` and `imageUrl` are null' },
    ).example(EXAMPLES.create),
    replace: object(
      'ProductReplace',
      { ...whole, quantity: recount() },
      { description: 'The new content of a product. Absent, `sku`, `categoryId` and `imageUrl` are null' },
    ).example(EXAMPLES.replace),
    change: changes(
      'ProductUpdate',
      { ...content, quantity: recount() },
      { description: 'Fields of a product to change; absent ones stay as they are' },
    ).example({ price: EXAMPLE_PRODUCT.price }),
  };
};

export const productSearch = (currency: Currency) =>
  listSearch({
    q: searchText('name, description or SKU').example('house').optional(),
    sku: sku()
      .description('The product with this SKU, in any letter case')
      .example(EXAMPLE_PRODUCT.sku)
      .optional(),
    category: uuid<CategoryId>()
      .description('Only products in the category with this id')
      .example(EXAMPLE_CATEGORY.id)
      .optional(),
    minPrice: price(currency)
      .description(`Only products at this price or above, in ${currency.code}`)
      .example(5)
      .optional(),
    maxPrice: price(currency)
      .description(`Only products at this price or below, in ${currency.code}`)
      .example(50)
      .optional(),
    inStock: boolean()
      .description('true: only products in stock; false: only products that are sold out')
      .example(true)
      .optional(),
    sort: keyOf(PRODUCT_SORTS)
      .default('-createdAt')
      .description('A minus sorts in descending order')
      .example('-createdAt'),
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
