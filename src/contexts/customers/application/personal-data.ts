import type { CustomerId } from '#src/kernel/ids.js';
import type { Erasure } from '#src/kernel/personal-data.js';
import { Customer } from '../domain/customer.js';
import { fail } from '../domain/errors.js';
import { customerErased } from '../domain/events.js';
import { existingCustomer } from './queries.js';
import type { CustomerReader, CustomersPorts } from './ports.js';

/** Step: returns the version of a profile. Fails with `customer_not_found`. */
export const profileVersion =
  ({ customers }: { readonly customers: CustomerReader }) =>
  async (id: CustomerId): Promise<number> =>
    (await existingCustomer({ customers })(id)).version;

/** Step: returns the profile, locked until the transaction ends, so that it is not erased meanwhile. Fails with `customer_not_found`. */
export const exportProfile =
  ({ customers }: Pick<CustomersPorts, 'customers'>) =>
  async (id: CustomerId): Promise<Customer> => {
    const customer = await customers.lock(id);
    if (customer === null) throw fail('customer_not_found');
    return customer;
  };

/** Step: removes the profile of an erased person. An order that is being placed or confirmed locks the row: it comes first, or fails. */
export const eraseProfile =
  ({ customers, events, now }: Pick<CustomersPorts, 'customers' | 'events' | 'now'>) =>
  async ({ person, profileVersion }: Erasure): Promise<void> => {
    const version = profileVersion ?? (await customers.lock(person))?.version;
    if (version === undefined) return;
    const customer = { id: person, version };
    await customers.remove(customer);
    await events.append(customerErased(Customer.erase(customer, now())));
  };
