import Joi from 'joi';
import { Money, type Currency } from '#src/kernel/money.js';
import type { KeyKind } from '#src/platform/http/lists/cursor.js';
import { listSearch, type ListSearch } from '#src/platform/http/lists/list.js';
import { price, searchText, shape, text, uuid } from '#src/platform/http/routes/schemas.js';
import type { ProductFilter, ProductSort } from '../../application/ports.js';
import { PRODUCT_SORTS } from '../../application/product-sorts.js';
import type { CategoryId } from '../../domain/category.js';
import type { ProductContent } from '../../domain/product.js';
import { MAX_STOCK } from '../../domain/stock.js';

/** Product content as callers write it: the price is a number of major units. */
type WrittenContent = Omit<ProductContent, 'price'> & { readonly price: number };

export type NewProductBody = WrittenContent & { readonly quantity: number };
export type ProductBody = WrittenContent & { readonly quantity?: number };
export type ProductPatch = Partial<ProductBody>;

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
  ({ price: major, ...rest }: ProductPatch) => ({
    ...rest,
    ...(major !== undefined && { price: moneyOf(major, currency) }),
  });

/** Http or https, and no `user:password@` before the host: it would be shown to everybody, and looks like another host. */
const WEB_URL = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/;

const fields = (currency: Currency) => ({
  name: text(200).example('Enamel mug'),
  description: text(10_000, { blank: true }).example('Holds 350 ml and survives the campfire.'),
  price: price(currency).example(19),
  categoryId: uuid().allow(null).description('null: in no category'),
  imageUrl: Joi.string()
    .uri({ scheme: ['http', 'https'] })
    .pattern(WEB_URL)
    .messages({ 'string.pattern.base': 'must be an http or https URL without user name and password' })
    .max(2048)
    .allow(null)
    .description('http or https, without user name and password')
    .example('https://images.example/mug.jpg'),
});

const recount = () =>
  Joi.number()
    .integer()
    .min(0)
    .max(MAX_STOCK)
    .description('A recount: what the stock is from now on. Without it the stock is left alone');

/** The bodies of the writing calls, for a shop of that currency. */
export const productBodies = (currency: Currency) => {
  const { name, description, price: amount, categoryId, imageUrl } = fields(currency);
  const content = {
    name: name.required(),
    description: description.required(),
    price: amount.required(),
    // Who sends back what was read names the category by `category`, which can only be repeated.
    categoryId: categoryId.default(
      ({ category }: { readonly category?: { readonly id: string } }) => category?.id ?? null,
    ),
    imageUrl: imageUrl.default(null),
  };
  return {
    create: shape<NewProductBody>('NewProduct', {
      ...content,
      quantity: Joi.number()
        .integer()
        .min(0)
        .max(MAX_STOCK)
        .default(0)
        .description('How many there are')
        .example(10),
    }),
    replace: shape<ProductBody>('ProductReplacement', { ...content, quantity: recount() }),
    change: shape<ProductPatch>('ProductChanges', { ...fields(currency), quantity: recount() }).example({
      price: 21,
    }),
  };
};

export interface ProductSearch extends ListSearch {
  readonly q?: string;
  readonly category?: CategoryId;
  readonly minPrice?: number;
  readonly maxPrice?: number;
  readonly inStock?: boolean;
  readonly sort: ProductSort;
}

export const productSearch = (currency: Currency): Joi.ObjectSchema<ProductSearch> =>
  listSearch<Omit<ProductSearch, keyof ListSearch>>({
    q: searchText('name or description'),
    category: uuid().description('The id of a category'),
    minPrice: price(currency),
    maxPrice: price(currency),
    inStock: Joi.boolean().description('true: only what can be sold now; false: only what is sold out'),
    sort: Joi.string()
      .valid(...Object.keys(PRODUCT_SORTS))
      .default('-createdAt')
      .description('A minus sorts downwards'),
  });

const SORT_KINDS = { name: 'text', price: 'number', createdAt: 'time' } as const;

/** What the list is sorted by, as its cursors tell it. */
export const sortKind = (sort: ProductSort): KeyKind => SORT_KINDS[PRODUCT_SORTS[sort].by];

export const productFilter = (
  { q, category, minPrice, maxPrice, inStock }: ProductSearch,
  currency: Currency,
): ProductFilter => ({
  ...(q !== undefined && { text: q }),
  ...(category !== undefined && { categoryId: category }),
  ...(minPrice !== undefined && { minPrice: moneyOf(minPrice, currency) }),
  ...(maxPrice !== undefined && { maxPrice: moneyOf(maxPrice, currency) }),
  ...(inStock !== undefined && { inStock }),
});
