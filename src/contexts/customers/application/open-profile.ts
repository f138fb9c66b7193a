import { Customer, type NewCustomer } from '../domain/customer.js';
import { customerCreated } from '../domain/events.js';
import type { CustomersPorts } from './ports.js';

/** Step: the profile that comes with a new account. */
export const openProfile =
  ({ customers, events, now }: Pick<CustomersPorts, 'customers' | 'events' | 'now'>) =>
  async (newCustomer: NewCustomer): Promise<void> => {
    const customer = Customer.open(newCustomer, now());
    await customers.add(customer);
    await events.append(customerCreated(customer));
  };
