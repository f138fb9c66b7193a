import { Customer, type NewCustomer } from '../domain/customer.js';
import type { CustomersPorts } from './ports.js';

/** Step: the profile that comes with a new account. */
export const openProfile =
  ({ customers, now }: Pick<CustomersPorts, 'customers' | 'now'>) =>
  (newCustomer: NewCustomer): Promise<void> =>
    customers.add(Customer.open(newCustomer, now()));
