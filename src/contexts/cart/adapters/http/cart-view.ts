import { createHash } from 'node:crypto';
import Joi from 'joi';
import { Money } from '#src/kernel/money.js';
import { ok, type Reply } from '#src/platform/http/routes/reply.js';
import { amount, answer, uuid } from '#src/platform/http/routes/schemas.js';
import type { PricedCart, PricedLine } from '../../domain/priced-cart.js';

export const cartBody = answer('Cart', {
  items: Joi.array()
    .items(
      answer('CartItem', {
        product: answer('CartProduct', {
          id: uuid(),
          name: Joi.string(),
          price: amount().description('What one costs today'),
          imageUrl: Joi.string().allow(null),
        }),
        quantity: Joi.number().integer(),
        lineTotal: amount(),
        available: Joi.number()
          .integer()
          .description(
            'How many could be sold now. Below `quantity` the order fails with `out_of_stock`; 0 also when the product has left the shop',
          ),
      }),
    )
    .description('In the order in which they were put in'),
  totalPrice: amount().description("The sum of the lines; those whose product has left the shop don't count"),
  currency: Joi.string().description('ISO 4217'),
  version: Joi.number()
    .integer()
    .description('Rises with every change; 0 for a cart nobody has put anything into'),
});

const viewLine = ({ product, quantity, lineTotal }: PricedLine) => ({
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

const viewCart = ({ lines, total, version }: PricedCart) => ({
  items: lines.map(viewLine),
  totalPrice: Money.toMajor(total),
  currency: total.currency.code,
  version,
});

const CART_TAG = /^(?<version>\d+)\.[0-9a-f]{16}$/;

/** Prices and availability change without the cart's version, so the tag holds a hash of what is shown as well. */
const cartTag = (body: ReturnType<typeof viewCart>): string => {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16);
  return `${String(body.version)}.${hash}`;
};

/** The version in a cart's tag: a change is refused when the cart has changed, not when a price has. */
export const parseCartTag = (tag: string): number | null => {
  const version = CART_TAG.exec(tag)?.groups?.['version'];
  return version === undefined ? null : Number(version);
};

export const cartReply = (cart: PricedCart): Reply => {
  const body = viewCart(cart);
  return ok(body, { etag: cartTag(body) });
};
