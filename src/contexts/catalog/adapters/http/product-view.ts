import { EXAMPLE_CATEGORY, EXAMPLE_PRODUCT, EXAMPLE_TIME } from '#src/kernel/examples.js';
import { Money } from '#src/kernel/money.js';
import { amount, createdAt, currencyCode, pageOf, storedInteger } from '#src/platform/http/routes/schemas.js';
import { object, string, timestamp, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import type { ProductDetails } from '../../application/ports.js';

export const productBody = object(
  'Product',
  {
    id: uuid().description('Id of the product').example(EXAMPLE_PRODUCT.id),
    sku: string()
      .nullable()
      .description('Stock keeping unit; null if the product has none')
      .example(EXAMPLE_PRODUCT.sku),
    name: string().description('Name for customers').example(EXAMPLE_PRODUCT.name),
    description: string({ blank: true })
      .description('Text for customers; may be empty')
      .example(EXAMPLE_PRODUCT.description),
    price: amount().description('In major units of `currency`').example(EXAMPLE_PRODUCT.price),
    currency: currencyCode(),
    quantity: storedInteger().description('Quantity in stock').example(EXAMPLE_PRODUCT.quantity),
    category: object(
      'ProductCategory',
      {
        id: uuid().description('Id of the category').example(EXAMPLE_CATEGORY.id),
        name: string().description('Current name of the category').example(EXAMPLE_CATEGORY.name),
      },
      { description: 'The category of a product' },
    )
      .nullable()
      .description('Null if the product is in no category'),
    imageUrl: string({ url: 'any' }).nullable().description('URL of a picture; null if the product has none'),
    createdAt: createdAt(),
    updatedAt: timestamp()
      .description('Time of the last edit; sales do not count as edits')
      .example(EXAMPLE_TIME),
  },
  { description: 'A product with its stock and its category' },
);

export const productPage = pageOf('ProductPage', productBody);

export const viewProduct = ({ product, stock, category }: ProductDetails): ValueOf<typeof productBody> => ({
  id: product.id,
  sku: product.sku,
  name: product.name,
  description: product.description,
  price: Money.toMajor(product.price),
  currency: product.price.currency.code,
  quantity: stock.quantity,
  category: category && { id: category.id, name: category.name },
  imageUrl: product.imageUrl,
  createdAt: product.createdAt.toISOString(),
  updatedAt: product.updatedAt.toISOString(),
});

/** Changes with everything that the view shows: the product, its stock and its category. */
export const productTag = ({ product, stock, category }: ProductDetails): string =>
  [product.version, stock.version, category?.version ?? 0].join('.');

/** The product's own version in such a tag: a sale or a renamed category does not defeat an edit. */
export const parseProductTag = (tag: string): number | null => {
  const version = /^(?<product>[1-9]\d{0,15})\.\d+\.\d+$/.exec(tag)?.groups?.['product'];
  return version === undefined ? null : Number(version);
};
