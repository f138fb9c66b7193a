import type { Manager } from '#src/kernel/actor.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { CustomerId, NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer } from '../domain/customer.js';
import { saveCustomer } from './profile.js';
import { existingCustomer } from './queries.js';
import type { CustomersPorts } from './ports.js';

export interface CustomerEntry {
  readonly name: string;
  readonly email: EmailAddress;
  readonly phone: string | null;
}

/** An administrator's entry of a customer, with an account that has no password yet. Fails with `email_taken`. */
export const createCustomer =
  ({ newId }: { newId: NewId }) =>
  (
    _by: Manager<'customers:write'>,
    { name, email, phone }: CustomerEntry,
  ): Work<CustomersPorts, Customer> => {
    const id = newId<CustomerId>();
    return async (ports) => {
      const { accounts, customers, now } = ports;
      await accounts.open({ id, name, email });
      const profile = await existingCustomer({ customers })(id); // came with the account
      if (phone === null) return profile;
      const changed = Customer.change(profile, { phone }, now());
      await saveCustomer(ports)(changed, profile);
      return changed;
    };
  };
