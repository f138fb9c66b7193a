import { EXAMPLE_ORDER } from '#src/kernel/examples.js';
import type { NewId, OrderId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import { page, pageRequest } from '#src/platform/http/lists/list.js';
import { created, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { catalogErrors } from '#src/contexts/catalog/public.js';
import { customerErrors } from '#src/contexts/customers/public.js';
import { advanceOrder } from '../../application/advance-order.js';
import { cancelOrder } from '../../application/cancel-order.js';
import { getOrderDetails, listOrders, recallPlacement, searchOrders } from '../../application/queries.js';
import type { Checkout, PlaceOrder } from '../../application/place-order.js';
import type {
  BulkCancellationReader,
  Contacts,
  OrderingPorts,
  OrderReader,
} from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import { checkoutBody, myOrdersSearch, orderSearch, statusBody, type CheckoutBody } from './order-schemas.js';
import { bulkCancellationRoutes } from './bulk-cancellation-routes.js';
import {
  orderBody,
  orderDetailsBody,
  orderDetailsPage,
  orderDetailsTag,
  orderPage,
  orderTag,
  parseOrderTag,
  viewChangedTotal,
  viewOrder,
  viewOrderDetails,
} from './order-view.js';

export interface OrderRoutesDeps {
  readonly transact: Transact<OrderingPorts & WithIdempotency>;
  /** Outside any transaction, for the queries; and the next one likewise. */
  readonly orders: OrderReader;
  readonly bulkCancellations: BulkCancellationReader;
  readonly contacts: Contacts;
  readonly placeOrder: PlaceOrder;
  readonly newId: NewId;
  readonly currency: Currency;
}

const TAG = 'Orders';

const toCheckout = (
  { addressId, shippingAddress, expectedTotal }: CheckoutBody,
  currency: Currency,
): Checkout => ({
  address: shippingAddress ?? addressId,
  // The schema has refused what is not exact in the shop's currency.
  expectedTotal:
    expectedTotal === undefined ? undefined : (Money.fromMajor(expectedTotal, currency) ?? undefined),
});

const placing = (path: string, operationId: string, alias: string, deps: OrderRoutesDeps): Route =>
  route({
    method: 'post',
    path,
    operationId,
    aliasOf: 'placeOrder',
    tag: TAG,
    access: 'user',
    summary: `Place an order for my cart${alias}`,
    description: [
      'All or nothing: the cart is emptied, the stock is taken, and the order is stored with the current names and ' +
        'prices; or nothing changes. Of two concurrent calls, one orders the cart and the other gets `cart_empty`.',
      'The order uses `shippingAddress`, or the address with the id `addressId`, or my default address; if there ' +
        'is none, it has no address. The address is copied: later changes of the address book do not change the ' +
        'order.',
      '`out_of_stock` lists in `lines` every line whose stock is too low, as `{productId, requested, available}`. ' +
        '`total_changed` returns the current total in `totalPrice`.',
      '`too_many_pending_orders` returns in `limit` the maximum number of pending orders of a customer. An order ' +
        'that is not confirmed within the time configured by the shop is cancelled.',
      '`email_not_verified` occurs if the shop requires a verified e-mail address to order: see `POST ' +
        '/auth/verify-email`.',
    ].join('\n\n'),
    body: checkoutBody(deps.currency),
    bodyOptional: true,
    replies: {
      201: {
        description: 'The order, with the status `pending`',
        body: orderBody,
        headers: ['Location', 'ETag'],
      },
    },
    errors: [
      ...fail.pick(
        'cart_empty',
        'total_changed',
        'too_many_pending_orders',
        'account_disabled',
        'email_not_verified',
        'placement_expired',
      ),
      ...catalogErrors.pick('out_of_stock'),
      ...customerErrors.pick('unknown_address', 'customer_not_found'),
    ],
    details: { total_changed: viewChangedTotal },
    transact: deps.transact,
    command: ({ actor, body, idempotencyKey }, id) =>
      deps.placeOrder(actor.id, toCheckout(body, deps.currency), id as OrderId, idempotencyKey),
    recall: {
      newReference: deps.newId<OrderId>,
      again: ({ orders }, id) => recallPlacement({ orders })(id as OrderId),
    },
    reply: (order) => created(`/orders/${order.id}`, viewOrder(order), orderTag(order)),
  });

const reading = (path: string, operationId: string, alias: string, deps: OrderRoutesDeps): Route =>
  route({
    method: 'get',
    path,
    operationId,
    tag: TAG,
    access: 'user',
    scope: 'orders:read',
    summary: `Get an order${alias}`,
    description:
      'Customers can read their own orders, and administrators all, with their customers. Other callers get 404.',
    params: idParam(EXAMPLE_ORDER.id),
    replies: {
      200: {
        description: 'The order',
        body: orderDetailsBody,
        headers: ['ETag'],
        example: { customer: undefined }, // of a customer, as the other examples
      },
    },
    errors: fail.pick('order_not_found'),
    query: ({ actor, params }) => getOrderDetails(deps)(actor, params.id),
    reply: (details) => ok(viewOrderDetails(details), orderDetailsTag(details)),
  });

const listing = ({ orders, contacts }: OrderRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/orders/mine',
    operationId: 'listMyOrders',
    tag: TAG,
    access: 'user',
    summary: 'List my orders',
    description: 'The latest first.',
    search: myOrdersSearch,
    replies: { 200: { description: 'A page of orders', body: orderPage, headers: ['Link'] } },
    query: (input) =>
      listOrders({ orders })(input.actor, { customerId: input.actor.id }, pageRequest(input, 'time')),
    reply: (result, input) => page(result, viewOrder, input),
  }),
  route({
    method: 'get',
    path: '/orders',
    operationId: 'listOrders',
    tag: TAG,
    access: 'admin',
    scope: 'orders:read',
    ownPath: '/orders/mine',
    summary: 'List all orders',
    description: [
      'The latest first, each with its customer. Filters can be combined; an order must match all of them.',
      'With `sku`, a page may hold fewer orders than `limit`, even none, while more follow: go on until `nextCursor` is null.',
    ].join('\n\n'),
    search: orderSearch,
    cost: { parameters: { sku: 1 } },
    replies: { 200: { description: 'A page of orders', body: orderDetailsPage, headers: ['Link'] } },
    query: (input) => {
      const { limit: _limit, after: _after, ...filter } = input.search;
      return searchOrders({ orders, contacts })(input.actor, filter, pageRequest(input, 'time'));
    },
    reply: (result, input) => page(result, viewOrderDetails, input),
  }),
];

const changing = ({ transact }: OrderRoutesDeps): Route =>
  route({
    method: 'patch',
    path: '/orders/:id',
    operationId: 'changeOrderStatus',
    tag: TAG,
    access: 'user',
    scope: 'orders:write',
    summary: 'Change the status of an order',
    description: [
      'Orders go `pending → confirmed → shipped → delivered`. They can be `cancelled` while pending or confirmed, ' +
        'which returns the stock, once. Every other change is refused with `illegal_transition`, which lists the ' +
        'allowed ones in `allowed`. A request for the current status changes nothing.',
      'Administrators can make every change. Customers can cancel their own orders while they are pending; for any ' +
        'other status they get `only_cancelling_allowed`.',
      'With `If-Match`, the change is made only if the order has not changed since you read its `ETag`.',
    ].join('\n\n'),
    params: idParam(EXAMPLE_ORDER.id),
    body: statusBody,
    ifMatch: parseOrderTag,
    replies: {
      200: {
        description: 'The order after the change',
        body: orderBody,
        headers: ['ETag'],
        example: { status: 'cancelled' },
      },
    },
    errors: fail.pick('order_not_found', 'only_cancelling_allowed', 'illegal_transition', 'customer_erased'),
    transact,
    command: ({ actor, params: { id }, body: { status }, ifMatch }) =>
      status === 'cancelled' ? cancelOrder(actor, id, ifMatch) : advanceOrder(actor, id, status, ifMatch),
    audit: 'recorded', // of what administrators move, and only when it moves
    reply: (order) => ok(viewOrder(order), orderTag(order)),
  });

const SHORT = ' (alias)';

export const orderRoutes = (deps: OrderRoutesDeps): readonly Route[] => [
  placing('/orders', 'placeOrder', '', deps),
  ...listing(deps),
  ...bulkCancellationRoutes(deps), // before the one that takes any word for the id of an order
  reading('/orders/:id', 'getOrder', '', deps),
  changing(deps),
  placing('/order', 'placeOrderShort', SHORT, deps),
  reading('/order/:id', 'getOrderShort', SHORT, deps),
];
