import type { Customer } from '../domain/customer.js';
import { customerUpdated } from '../domain/events.js';
import type { CustomersPorts } from './ports.js';

/** Step that every change of a customer shares: stores it and tells of it. Fails with `stale_write`. */
export const saveCustomer =
  ({ customers, events }: Pick<CustomersPorts, 'customers' | 'events'>) =>
  async (changed: Customer): Promise<void> => {
    await customers.update(changed);
    await events.append(customerUpdated(changed));
  };
