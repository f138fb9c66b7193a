import type { CustomerId } from '../../../kernel/ids.js';
import type { Customer } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import type { CustomersPorts } from './ports.js';

/** Step that every change of an address book shares. */
export const changeAddressBook =
  ({ customers }: Pick<CustomersPorts, 'customers'>) =>
  async (id: CustomerId, change: (customer: Customer) => Customer): Promise<Customer> => {
    const changed = change(await getCustomer({ customers })(id));
    await customers.update(changed);
    return changed;
  };
