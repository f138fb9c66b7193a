import type { Customer } from '../domain/customer.js';
import { customerUpdated } from '../domain/events.js';
import type { CustomersPorts } from './ports.js';

/** Step that every change of a customer shares: stores what became of `before` and appends the event. Fails with `stale_write`. */
export const saveCustomer =
  ({ customers, events }: Pick<CustomersPorts, 'customers' | 'events'>) =>
  async (changed: Customer, before: Customer): Promise<void> => {
    await customers.update(changed, before);
    await events.append(customerUpdated(changed));
  };
