import { Money } from '#src/kernel/money.js';
import { amount, pageOf } from '#src/platform/http/routes/schemas.js';
import { integer, object, string, timestamp, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import type { ProductDetails } from '../../application/ports.js';

export const productBody = object('Product', {
  id: uuid(),
  sku: string().nullable().description('Stock keeping unit'),
  name: string(),
  description: string({ blank: true }),
  price: amount().description('In major units of `currency`'),
  currency: string().description('ISO 4217'),
  quantity: integer({ min: 0 }).description('Quantity in stock'),
  category: object('ProductCategory', { id: uuid(), name: string() }).nullable(),
  imageUrl: string({ url: 'any' }).nullable(),
  createdAt: timestamp(),
  updatedAt: timestamp().description('Time of the last edit; sales do not count as edits'),
});

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
