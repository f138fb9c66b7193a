import { EXAMPLE_ORDER, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { quantity } from '#src/platform/http/routes/schemas.js';
import { object, parameters, uuid } from '#src/platform/schema/schema.js';
import { customerErrors } from '#src/contexts/customers/public.js';
import { addToCart, clearCart, removeFromCart, setLineQuantity } from '../../application/change-cart.js';
import { getCart } from '../../application/get-cart.js';
import type { CartPorts, CartReaders } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import { MAX_LINES, MAX_QUANTITY } from '../../domain/limits.js';
import { cartBody, cartReply, parseCartTag } from './cart-view.js';

/** Ports outside any transaction, for the query, and the transactions of the commands. */
export interface CartRoutesDeps extends CartReaders {
  readonly transact: Transact<CartPorts & CommandPorts>;
}

/** The error of a caller whose account is erased at the same moment. */
const ERASED = customerErrors.pick('customer_not_found');

const newLine = object(
  'CartLineCreate',
  {
    productId: uuid<ProductId>().description('Id of the product').example(EXAMPLE_PRODUCT.id),
    quantity: quantity(MAX_QUANTITY)
      .default(1)
      .description('Added to the quantity in the cart')
      .example(EXAMPLE_ORDER.quantity),
  },
  { description: 'A product to add to the cart' },
);

const lineQuantity = object(
  'CartLineReplace',
  {
    quantity: quantity(MAX_QUANTITY)
      .description('Replaces the quantity of the line')
      .example(EXAMPLE_ORDER.quantity),
  },
  { description: 'The new content of a line of the cart' },
);

const productParam = parameters({
  productId: uuid<ProductId>().description('Id of a product in the cart').example(EXAMPLE_PRODUCT.id),
});

/** What all calls of the cart have in common: each answers with the whole cart. */
const cartCall = {
  tag: 'Cart',
  access: 'user',
  replies: { 200: { description: 'The cart with current prices', body: cartBody, headers: ['ETag'] } },
  reply: cartReply,
} as const;

const IF_MATCH =
  'With `If-Match`, the change is made only if the cart has not changed since you read its `ETag`. Changes of ' +
  'price or stock do not count.';

export const cartRoutes = ({ transact, ...ports }: CartRoutesDeps): readonly Route[] => [
  route({
    ...cartCall,
    method: 'get',
    path: '/cart',
    operationId: 'getCart',
    summary: 'Get my cart',
    description:
      'Every user has one cart, which is empty at first. Names, prices and availability are current unless `pricesAsOf` says otherwise. A line whose ' +
      'product was deleted keeps its last name and price and is not part of `totalPrice`; the cart cannot be ' +
      'ordered until the line is removed.',
    query: ({ actor }) => getCart(ports)(actor.id),
  }),
  route({
    ...cartCall,
    method: 'post',
    path: '/cart',
    operationId: 'addToCart',
    summary: 'Add a product to my cart',
    description: `If the product is already in the cart, the quantity is added to its line. A cart holds at most ${String(MAX_LINES)} lines and at most ${String(MAX_QUANTITY)} of one product. It may hold more than the stock, because only an order takes stock. ${IF_MATCH}`,
    body: newLine,
    ifMatch: parseCartTag,
    errors: [...fail.pick('product_not_found', 'cart_full', 'line_quantity_exceeded'), ...ERASED],
    transact,
    command: ({ actor, body, ifMatch }) => addToCart(actor.id, body, ifMatch),
  }),
  route({
    ...cartCall,
    method: 'put',
    path: '/cart/:productId',
    operationId: 'setCartLineQuantity',
    summary: 'Set the quantity of a product in my cart',
    description: `The product must be in the cart. ${IF_MATCH}`,
    params: productParam,
    body: lineQuantity,
    ifMatch: parseCartTag,
    errors: [...fail.pick('cart_line_not_found'), ...ERASED],
    transact,
    command: ({ actor, params, body, ifMatch }) => setLineQuantity(actor.id, { ...params, ...body }, ifMatch),
  }),
  route({
    ...cartCall,
    method: 'delete',
    path: '/cart/:productId',
    operationId: 'removeFromCart',
    summary: 'Remove a product from my cart',
    description: IF_MATCH,
    params: productParam,
    ifMatch: parseCartTag,
    errors: [...fail.pick('cart_line_not_found'), ...ERASED],
    transact,
    command: ({ actor, params, ifMatch }) => removeFromCart(actor.id, params.productId, ifMatch),
  }),
  route({
    ...cartCall,
    method: 'delete',
    path: '/cart',
    operationId: 'clearCart',
    summary: 'Empty my cart',
    description: IF_MATCH,
    errors: ERASED,
    ifMatch: parseCartTag,
    transact,
    command: ({ actor, ifMatch }) => clearCart(actor.id, ifMatch),
  }),
];
