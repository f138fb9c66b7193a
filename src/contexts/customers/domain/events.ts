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

/** Returns the event of a new customer. */
export const customerCreated = (customer: Customer): CustomerEvent => event('customer.created', customer);

/** Returns the event of a changed customer or address book. */
export const customerUpdated = (customer: Customer): CustomerEvent => event('customer.updated', customer);

/** Returns the event of a customer who is erased, in their last version. */
export const customerErased = (customer: Version): CustomerEvent => event('customer.erased', customer);
