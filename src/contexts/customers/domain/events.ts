import type { Brand } from '#src/kernel/brand.js';
import type { EventsOf } from '#src/kernel/events.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Customer } from './customer.js';

export type CustomerEvent = EventsOf<'customer.created' | 'customer.updated' | 'customer.erased', CustomerId>;

const event = (type: CustomerEvent['type'], { id, version, updatedAt }: Customer): CustomerEvent => ({
  type,
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: {},
});

/** The customer is new. */
export const customerCreated = (customer: Customer): CustomerEvent => event('customer.created', customer);

/** The customer or their address book has changed. */
export const customerUpdated = (customer: Customer): CustomerEvent => event('customer.updated', customer);

/** The customer, in their last version, is erased. */
export const customerErased = (customer: Customer): CustomerEvent => event('customer.erased', customer);

/** An erasure is an aggregate of its own, so that it waits for no event of its customer. */
export type ErasureId = Brand<string, 'ErasureId'>;

export type ErasureEvent = EventsOf<'erasure.started', ErasureId, { readonly customerId: CustomerId }>;

/** The customer is gone. What was kept of their requests has to go as well. */
export const erasureStarted = (id: ErasureId, customerId: CustomerId, at: Date): ErasureEvent => ({
  type: 'erasure.started',
  aggregateId: id,
  version: 1,
  occurredAt: at,
  data: { customerId },
});
