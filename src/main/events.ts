import type { AccountEvent } from '#src/contexts/accounts/public.js';
import type { AuditEntryEvent } from '#src/contexts/audit/public.js';
import type { CatalogEvent } from '#src/contexts/catalog/public.js';
import type { CustomerEvent } from '#src/contexts/customers/public.js';
import type { BulkCancellationEvent, OrderEvent } from '#src/contexts/ordering/public.js';
import type { ErasureEvent } from '#src/contexts/privacy/public.js';
import type { WebhookEvent } from '#src/contexts/webhooks/public.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';

/** Every event of the shop: `type` determines the types of `aggregateId` and `data`. */
export type ShopEvent =
  | AccountEvent
  | AuditEntryEvent
  | BulkCancellationEvent
  | CatalogEvent
  | CustomerEvent
  | ErasureEvent
  | OrderEvent
  | WebhookEvent;

export type ShopEventType = ShopEvent['type'];

/** The event of a type, or the union of those of several. */
export type ShopEventOf<Type extends ShopEventType> = Extract<ShopEvent, { readonly type: Type }>;

/** A subscriber to the events of these types: to all of them, unless `Type` names some. */
export type ShopSubscriber<Type extends ShopEventType = ShopEventType> = Subscriber<ShopEventOf<Type>>;

/** Whether an event is published. The others only trigger the next step of the shop's own work. */
const IS_PUBLISHED: Readonly<Record<ShopEventType, boolean>> = {
  'audit_entry.recorded': false,
  'bulk_cancellation.continued': false,
  'bulk_cancellation.started': false,
  'category.created': true,
  'category.deleted': true,
  'category.updated': true,
  'customer.created': true,
  'customer.erased': true,
  'customer.updated': true,
  'email_verification.requested': false,
  'erasure.received': false,
  'erasure.started': false,
  'import.continued': false,
  'import.started': false,
  'order.cancelled': true,
  'order.confirmed': true,
  'order.delivered': true,
  'order.placed': true,
  'order.shipped': true,
  'password_reset.requested': false,
  'product.created': true,
  'product.deleted': true,
  'product.updated': true,
  'reservation.failed': false,
  'stock.depleted': true,
  'user.created': true,
  'user.demoted': true,
  'user.disabled': true,
  'user.email_changed': true,
  'user.enabled': true,
  'user.erased': true,
  'user.promoted': true,
  'user.renamed': true,
  'webhook_category.created': false,
  'webhook_category.deleted': false,
  'webhook_category.updated': false,
  'webhook_customer.created': false,
  'webhook_customer.erased': false,
  'webhook_customer.updated': false,
  'webhook_endpoint.disabled': true,
  'webhook_order.cancelled': false,
  'webhook_order.confirmed': false,
  'webhook_order.delivered': false,
  'webhook_order.placed': false,
  'webhook_order.shipped': false,
  'webhook_ping.requested': false,
  'webhook_product.created': false,
  'webhook_product.deleted': false,
  'webhook_product.updated': false,
  'webhook_redelivery.requested': false,
  'webhook_stock.depleted': false,
};

/** The types of all events. */
export const EVENT_TYPES = Object.keys(IS_PUBLISHED) as readonly ShopEventType[];

/** The types of the published events. */
export const PUBLISHED_EVENTS = EVENT_TYPES.filter((type) => IS_PUBLISHED[type]);
