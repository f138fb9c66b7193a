import type { CustomerId } from '../../../kernel/ids.js';
import { Customer } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import type { CustomersPorts } from './ports.js';

/** Step: the account's name or e-mail address has changed, and the profile's follows. */
export const followAccount =
  ({ customers, now }: Pick<CustomersPorts, 'customers' | 'now'>) =>
  async (id: CustomerId, account: { readonly name: string; readonly email: string }): Promise<void> => {
    const { name, email } = account;
    await customers.update(Customer.change(await getCustomer({ customers })(id), { name, email }, now()));
  };
