/**
 * The types of events that an endpoint can be sent, with what happened. A type is never changed once published: what its payload says
 * has a version of its own.
 */
export const EVENT_TYPES = {
  'order.placed': 'A customer has placed an order: it is pending.',
  'order.confirmed': 'An order was confirmed.',
  'order.shipped': 'An order was shipped.',
  'order.delivered': 'An order was delivered.',
  'order.cancelled': 'An order was cancelled, and its stock returned.',
  'product.created': 'A product was created.',
  'product.updated': 'The content of a product was changed; its stock is not part of it.',
  'product.deleted': 'A product has left the shop.',
  'category.created': 'A category was created.',
  'category.updated': 'A category was changed.',
  'category.deleted': 'A category was deleted.',
  'stock.depleted': 'A movement has left no stock of a product.',
  'customer.created': 'A customer has signed up, or was created by an administrator.',
  'customer.updated': 'The profile or the address book of a customer was changed.',
  'customer.erased': 'The personal data of a customer was erased.',
  'webhook_endpoint.disabled': 'The shop has disabled a webhook endpoint.',
} as const;

export type WebhookEventType = keyof typeof EVENT_TYPES;

export const WEBHOOK_EVENT_TYPES = Object.keys(EVENT_TYPES) as readonly WebhookEventType[];

/** What an endpoint is sent for a ping, whatever it has chosen. */
export const PING = 'webhook_endpoint.pinged';
