import type { EventId } from '#src/kernel/events.js';
import type { SourceEvent, EndpointDisabled } from './events.js';
import { PING } from './event-types.js';
import type { EndpointId } from './ids.js';

/** Version of what the payloads say. Members may be added to a version; none is removed or changes its meaning. */
export const PAYLOAD_VERSION = 1;

/** What an endpoint is sent: the same in each attempt. */
export interface Message {
  /** Id of the event. */
  readonly id: EventId;
  /** A `WebhookEventType`, or that of a ping. */
  readonly type: string;
  /** JSON. */
  readonly payload: string;
}

type SentEvent = (SourceEvent | EndpointDisabled) & { readonly id: EventId };

const ORDER_STATUS = {
  'order.placed': 'pending',
  'order.confirmed': 'confirmed',
  'order.shipped': 'shipped',
  'order.delivered': 'delivered',
  'order.cancelled': 'cancelled',
} as const;

/**
 * Returns the public facts of an event: ids, versions and words of the shop, and nothing about a person that an erasure would have to
 * find.
 */
const factsOf = (event: SentEvent) => {
  const { aggregateId, version } = event;
  switch (event.type) {
    case 'order.placed':
    case 'order.confirmed':
    case 'order.shipped':
    case 'order.delivered':
    case 'order.cancelled':
      return {
        orderId: aggregateId,
        version,
        status: ORDER_STATUS[event.type],
        customerId: event.data.customerId,
      };
    case 'product.created':
    case 'product.updated':
    case 'product.deleted':
      return { productId: aggregateId, version };
    case 'category.created':
    case 'category.updated':
    case 'category.deleted':
      return { categoryId: aggregateId, version };
    case 'stock.depleted':
      return { productId: aggregateId, version };
    case 'customer.created':
    case 'customer.updated':
    case 'customer.erased':
      return { customerId: aggregateId, version };
    case 'webhook_endpoint.disabled':
      return { webhookId: aggregateId, version, reason: event.data.reason };
  }
};

const message = (id: EventId, type: Message['type'], occurredAt: Date, data: object): Message => ({
  id,
  type,
  payload: JSON.stringify({
    id,
    type,
    payloadVersion: PAYLOAD_VERSION,
    timestamp: occurredAt.toISOString(),
    data,
  }),
});

/** Returns the message about an event. */
export const messageOf = (event: SentEvent): Message =>
  message(event.id, event.type, event.occurredAt, factsOf(event));

/** Returns the message of a ping. */
export const pingOf = (id: EventId, webhookId: EndpointId, at: Date): Message =>
  message(id, PING, at, { webhookId });
