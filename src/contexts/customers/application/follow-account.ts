import type { CustomerId } from '#src/kernel/ids.js';
import { Customer } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import type { CustomersPorts } from './ports.js';
import { saveCustomer } from './save-customer.js';

/** Step: the account's name or e-mail address has changed, and the profile's follows. */
export const followAccount =
  (ports: Pick<CustomersPorts, 'customers' | 'events' | 'now'>) =>
  async (id: CustomerId, account: { readonly name: string; readonly email: string }): Promise<void> => {
    const { name, email } = account;
    const customer = await getCustomer(ports)(id);
    await saveCustomer(ports)(Customer.change(customer, { name, email }, ports.now()), customer);
  };
