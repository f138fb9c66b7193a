// All that other contexts may know of ordering.
export { fail as orderingErrors } from './domain/errors.js';
export type { BulkCancellationEvent, OrderEvent } from './domain/events.js';
