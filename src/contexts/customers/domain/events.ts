import type { EventsOf } from '#src/kernel/events.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Customer } from './customer.js';

export type CustomerEvent = EventsOf<'customer.created' | 'customer.updated' | 'customer.erased', CustomerId>;

type Version = Pick<Customer, 'id' | 'version' | 'updatedAt'>;

const event = (type: CustomerEvent['type'], { id, version, updatedAt }: Version): CustomerEvent => ({
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
export const customerErased = (customer: Version): CustomerEvent => event('customer.erased', customer);
