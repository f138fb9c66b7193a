import {
  EXAMPLE_CATEGORY,
  EXAMPLE_CUSTOMER,
  EXAMPLE_ORDER,
  EXAMPLE_PRODUCT,
  EXAMPLE_TIME,
  EXAMPLE_WEBHOOK,
  EXAMPLE_WEBHOOK_EVENT,
} from '#src/kernel/examples.js';
import type { WebhookDescription } from '#src/platform/http/openapi/webhooks.js';
import { storedInteger } from '#src/platform/http/routes/schemas.js';
import { integer, object, oneOf, timestamp, uuid, type Schema } from '#src/platform/schema/schema.js';
import { DISABLED_REASONS } from '../../domain/endpoint.js';
import { EVENT_TYPES, PING, WEBHOOK_EVENT_TYPES, type WebhookEventType } from '../../domain/event-types.js';
import { PAYLOAD_VERSION } from '../../domain/message.js';

const version = (what: string) =>
  storedInteger(1)
    .description(`Version of the ${what} after the event: it puts the events of one ${what} in order`)
    .example(1);

const orderData = (status: string) =>
  object(
    'WebhookOrderData',
    {
      orderId: uuid().description('Id of the order, for `GET /orders/{id}`').example(EXAMPLE_ORDER.id),
      version: version('order'),
      status: oneOf('pending', 'confirmed', 'shipped', 'delivered', 'cancelled')
        .description('Status that the order has reached')
        .example(status),
      customerId: uuid().description('Id of the customer who placed it').example(EXAMPLE_CUSTOMER.id),
    },
    { description: 'The order of an event' },
  );

const productData = () =>
  object(
    'WebhookProductData',
    {
      productId: uuid()
        .description('Id of the product, for `GET /products/{id}`')
        .example(EXAMPLE_PRODUCT.id),
      version: version('product'),
    },
    { description: 'The product of an event' },
  );

const stockData = () =>
  object(
    'WebhookStockData',
    {
      productId: uuid().description('Id of the product').example(EXAMPLE_PRODUCT.id),
      version: version('stock'),
    },
    { description: 'The stock of an event, which has versions of its own' },
  );

const categoryData = () =>
  object(
    'WebhookCategoryData',
    {
      categoryId: uuid()
        .description('Id of the category, for `GET /categories/{id}`')
        .example(EXAMPLE_CATEGORY.id),
      version: version('category'),
    },
    { description: 'The category of an event' },
  );

const customerData = () =>
  object(
    'WebhookCustomerData',
    {
      customerId: uuid()
        .description('Id of the customer, for `GET /customers/{id}`')
        .example(EXAMPLE_CUSTOMER.id),
      version: version('customer'),
    },
    { description: 'The customer of an event, without any personal data' },
  );

const disabledData = () =>
  object(
    'WebhookDisabledData',
    {
      webhookId: uuid().description('Id of the endpoint').example(EXAMPLE_WEBHOOK.id),
      version: version('endpoint'),
      reason: oneOf(...DISABLED_REASONS)
        .description('Why it was disabled')
        .example('gone'),
    },
    { description: 'The endpoint that was disabled' },
  );

const pingData = () =>
  object(
    'WebhookPingData',
    { webhookId: uuid().description('Id of the endpoint that is pinged').example(EXAMPLE_WEBHOOK.id) },
    { description: 'The endpoint of a ping' },
  );

const DATA: Readonly<Record<WebhookEventType | typeof PING, Schema>> = {
  'order.placed': orderData('pending'),
  'order.confirmed': orderData('confirmed'),
  'order.shipped': orderData('shipped'),
  'order.delivered': orderData('delivered'),
  'order.cancelled': orderData('cancelled'),
  'product.created': productData(),
  'product.updated': productData(),
  'product.deleted': productData(),
  'category.created': categoryData(),
  'category.updated': categoryData(),
  'category.deleted': categoryData(),
  'stock.depleted': stockData(),
  'customer.created': customerData(),
  'customer.updated': customerData(),
  'customer.erased': customerData(),
  'webhook_endpoint.disabled': disabledData(),
  [PING]: pingData(),
};

/** Returns `OrderPlaced` of `order.placed`. */
const pascalCase = (type: string): string =>
  type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());

const description = (type: WebhookEventType | typeof PING): string =>
  type === PING ? 'An administrator has sent a ping.' : EVENT_TYPES[type];

/** What endpoints are sent, for the OpenAPI document. */
export const WEBHOOK_DESCRIPTIONS: readonly WebhookDescription[] = (
  [...WEBHOOK_EVENT_TYPES, PING] as const
).map((type) => ({
  name: type,
  operationId: `on${pascalCase(type)}`,
  tag: 'Webhooks',
  summary: description(type).replace(/\.$/, ''),
  body: object(
    `Webhook${pascalCase(type)}`,
    {
      id: uuid()
        .description('Id of the event, the same in all attempts, as in the header `webhook-id`')
        .example(EXAMPLE_WEBHOOK_EVENT.id),
      type: oneOf(type).description('Type of the event').example(type),
      payloadVersion: integer({ min: PAYLOAD_VERSION, max: PAYLOAD_VERSION })
        .description(
          'Version of the payload: members may be added to it; none is removed or changes its meaning',
        )
        .example(PAYLOAD_VERSION),
      timestamp: timestamp().description('Time of the event').example(EXAMPLE_TIME),
      data: DATA[type].description('What the event is about'),
    },
    { description: description(type) },
  ),
}));
