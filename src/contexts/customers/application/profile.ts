import { requireOwn, type Actor, type Operator } from '#src/kernel/actor.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer, type NewCustomer } from '../domain/customer.js';
import { customerUpdated, customerCreated } from '../domain/events.js';
import { existingCustomer } from './queries.js';
import type { Account, CustomersPorts } from './ports.js';

/** Step that every change of a customer shares: stores what became of `before` and appends the event. Fails with `stale_write`. */
export const saveCustomer =
  ({ customers, events }: Pick<CustomersPorts, 'customers' | 'events'>) =>
  async (changed: Customer, before: Customer): Promise<void> => {
    await customers.update(changed, before);
    await events.append(customerUpdated(changed));
  };

/** Step: the profile that comes with a new account. */
export const openProfile =
  ({ customers, events, now }: Pick<CustomersPorts, 'customers' | 'events' | 'now'>) =>
  async (newCustomer: NewCustomer): Promise<void> => {
    const customer = Customer.open(newCustomer, now());
    await customers.add(customer);
    await events.append(customerCreated(customer));
  };

/** Step: the account's name or e-mail address has changed, and the profile's follows. */
export const followAccount =
  (ports: Pick<CustomersPorts, 'customers' | 'events' | 'now'>) =>
  async (id: CustomerId, { name, email }: Account): Promise<void> => {
    const customer = await existingCustomer(ports)(id);
    await saveCustomer(ports)(Customer.change(customer, { name, email }, ports.now()), customer);
  };

export interface CustomerChanges {
  readonly name?: string;
  readonly phone?: string | null;
}

/**
 * Changes a profile, for its customer or a manager; the account's name follows. Fails with `forbidden`, `customer_not_found` or
 * `precondition_failed`.
 */
export const changeCustomer =
  (
    by: Actor<'customers:write'> | Operator,
    id: CustomerId,
    changes: CustomerChanges,
    expected: ExpectedVersion,
  ): Work<CustomersPorts, Customer> =>
  async (ports) => {
    requireOwn(by, id);
    const { accounts, customers, now } = ports;
    const customer = await existingCustomer({ customers })(id);
    requireVersion(customer.version, expected);
    // The account is locked before the profile, as everywhere: two who change the name at once do not wait for each other.
    if (changes.name !== undefined) await accounts.rename(id, changes.name);
    const changed = Customer.change(customer, changes, now());
    await saveCustomer(ports)(changed, customer);
    return changed;
  };
