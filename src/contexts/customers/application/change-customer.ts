import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import type { CustomersPorts } from './ports.js';
import { saveCustomer } from './save-customer.js';

export interface CustomerChanges {
  readonly name?: string;
  readonly phone?: string | null;
}

/** Changes a profile; the account's name follows. Fails with `customer_not_found` or `precondition_failed`. */
export const changeCustomer =
  (id: CustomerId, changes: CustomerChanges, expected: ExpectedVersion): Work<CustomersPorts, Customer> =>
  async (ports) => {
    const { accounts, customers, now } = ports;
    // The account before the profile, as everywhere: two who change the name at once do not wait for each other.
    if (changes.name !== undefined) await accounts.rename(id, changes.name);
    const customer = await getCustomer({ customers })(id);
    requireVersion(customer.version, expected);
    const changed = Customer.change(customer, changes, now());
    await saveCustomer(ports)(changed, customer);
    return changed;
  };
