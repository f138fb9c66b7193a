import type { Brand } from '#src/kernel/brand.js';
import type { DomainEvent, EventId, EventsOf, EventType } from '#src/kernel/events.js';
import type { CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import type { DisabledReason, Endpoint } from './endpoint.js';
import type { EndpointId } from './ids.js';

export type EndpointDisabled = DomainEvent<
  'webhook_endpoint.disabled',
  EndpointId,
  { readonly reason: Brand<DisabledReason, 'DisabledReason'> }
>;

/** Triggers a message to one endpoint. Each is an aggregate of its own, so that none waits for another. */
export type PingRequested = DomainEvent<
  'webhook_ping.requested',
  Brand<string, 'WebhookPingId'>,
  { readonly endpointId: EndpointId }
>;
export type RedeliveryRequested = DomainEvent<
  'webhook_redelivery.requested',
  Brand<string, 'WebhookRedeliveryId'>,
  { readonly endpointId: EndpointId; readonly eventId: EventId }
>;

type OrderType = `order.${'placed' | 'confirmed' | 'shipped' | 'delivered' | 'cancelled'}`;
type Changed = 'created' | 'updated' | 'deleted';

/** An event of another context that endpoints are sent. Declared here, since the domain knows no other context. */
export type SourceEvent =
  | EventsOf<OrderType, OrderId, { readonly customerId: CustomerId }>
  | EventsOf<`product.${Changed}` | 'stock.depleted', ProductId>
  | EventsOf<`category.${Changed}`, Brand<string, 'CategoryId'>>
  | EventsOf<`customer.${'created' | 'updated' | 'erased'}`, CustomerId>;

/**
 * An event of another process, as it is stored where the endpoints are: under a type of its own, so that only endpoints are
 * subscribed to it. Aggregate and version are those of the event, so that the order stays.
 */
export type RelayedEvent<Source extends DomainEvent = SourceEvent> = Source extends DomainEvent
  ? DomainEvent<
      `webhook_${Source['type']}` & EventType,
      Source['aggregateId'],
      Source['data'] & {
        /** Id of the event where it occurred. */
        readonly eventId: EventId;
      }
    >
  : never;

export type WebhookEvent = EndpointDisabled | PingRequested | RedeliveryRequested | RelayedEvent;

/** Returns the event of an endpoint that the shop has disabled. */
export const endpointDisabled = ({ id, version, updatedAt, disabledReason }: Endpoint): EndpointDisabled => ({
  type: 'webhook_endpoint.disabled',
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: { reason: disabledReason as never }, // one of the shop's own words, not a person's
});
