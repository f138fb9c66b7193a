import type { DomainEvent } from '../../../kernel/events.js';
import type { Customer } from './customer.js';

export type CustomerEvent = DomainEvent<'customer.created' | 'customer.updated' | 'customer.erased'>;

const event = (type: CustomerEvent['type'], { id }: Customer, version: number, at: Date): CustomerEvent => ({
  type,
  aggregateId: id,
  version,
  occurredAt: at,
  data: {},
});

/** The customer is new. */
export const customerCreated = (customer: Customer): CustomerEvent =>
  event('customer.created', customer, customer.version, customer.createdAt);

/** The customer, whose version is the one before, or their address book has changed. */
export const customerUpdated = (customer: Customer): CustomerEvent =>
  event('customer.updated', customer, customer.version + 1, customer.updatedAt);

/** The customer, whose version is the last one, is nobody any more. */
export const customerErased = (customer: Customer, at: Date): CustomerEvent =>
  event('customer.erased', customer, customer.version + 1, at);
