// All that other contexts may know of ordering: steps that join the caller's transaction, and their types.
export { fail as orderingErrors } from './domain/errors.js';
export { releaseCustomer } from './application/release-customer.js';
export type { BulkCancellationEvent, OrderEvent } from './domain/events.js';
export type { BulkCancellationId } from './domain/bulk-cancellation.js';
export { orderPages } from './application/order-pages.js';
export type { OrderingPorts, OrderReader } from './application/ports.js';
export { Order, type OrderLine, type ShippingAddress } from './domain/order.js';
