import { hash } from 'node:crypto';
import { EXAMPLE_ORDER, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { Money } from '#src/kernel/money.js';
import { ok, type ReplyWith } from '#src/platform/http/routes/reply.js';
import { amount, currencyCode, quantity, storedInteger } from '#src/platform/http/routes/schemas.js';
import { array, object, string, timestamp, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import type { PricedCart, PricedLine } from '../../domain/priced-cart.js';

const itemBody = object(
  'CartItem',
  {
    product: object(
      'CartProduct',
      {
        id: uuid().description('Id of the product').example(EXAMPLE_PRODUCT.id),
        name: string().description('Current name').example(EXAMPLE_PRODUCT.name),
        price: amount().description('Current price of one unit').example(EXAMPLE_PRODUCT.price),
        imageUrl: string().nullable().description('URL of a picture; null if the product has none'),
      },
      { description: 'A product in the cart' },
    ),
    quantity: quantity().description('Number of units').example(EXAMPLE_ORDER.quantity),
    lineTotal: amount().description('Price times quantity').example(EXAMPLE_ORDER.total),
    available: storedInteger()
      .description(
        'Quantity in stock; 0 if the product was deleted. If it is below `quantity`, an order fails with `out_of_stock`',
      )
      .example(EXAMPLE_PRODUCT.quantity),
  },
  { description: 'A line of the cart' },
);

export const cartBody = object(
  'Cart',
  {
    items: array(itemBody).description('In the order in which they were added'),
    totalPrice: amount()
      .description('Sum of the lines, without those whose product was deleted')
      .example(EXAMPLE_ORDER.total),
    currency: currencyCode(),
    pricesAsOf: timestamp()
      .nullable()
      .description(
        'Null if names, prices and availability are current. Otherwise the catalogue cannot be reached at the moment, and ' +
          'they are as they were then, at most ten minutes ago; an order is placed at current prices only',
      ),
    version: storedInteger()
      .description('Increases with every change; 0 for a cart that was never changed')
      .example(1),
  },
  { description: 'The cart of a customer' },
);

type CartView = ValueOf<typeof cartBody>;

const viewLine = ({ product, quantity, lineTotal }: PricedLine): ValueOf<typeof itemBody> => ({
  product: {
    id: product.id,
    name: product.name,
    price: Money.toMajor(product.price),
    imageUrl: product.imageUrl,
  },
  quantity,
  lineTotal: Money.toMajor(lineTotal),
  available: product.available,
});

const viewCart = ({ lines, total, pricesAsOf, version }: PricedCart): CartView => ({
  items: lines.map(viewLine),
  totalPrice: Money.toMajor(total),
  currency: total.currency.code,
  pricesAsOf: pricesAsOf?.toISOString() ?? null,
  version,
});

const CART_TAG = /^(?<version>\d+)\.[0-9a-f]{16}$/;

/** Prices and availability change without the cart's version, so the tag holds a hash of what is shown as well. */
const cartTag = (body: CartView): string => {
  const shown = hash('sha256', JSON.stringify(body), 'hex').slice(0, 16);
  return `${String(body.version)}.${shown}`;
};

/** The version in a cart's tag: a change is refused when the cart has changed, not when a price has. */
export const parseCartTag = (tag: string): number | null => {
  const version = CART_TAG.exec(tag)?.groups?.['version'];
  return version === undefined ? null : Number(version);
};

export const cartReply = (cart: PricedCart): ReplyWith<200, CartView> => {
  const body = viewCart(cart);
  return ok(body, { etag: cartTag(body) });
};
