import type { CustomerId } from '#src/kernel/ids.js';
import type { Customer } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import type { CustomersPorts } from './ports.js';
import { saveCustomer } from './save-customer.js';

/** Step that every change of an address book shares. */
export const changeAddressBook =
  (ports: Pick<CustomersPorts, 'customers' | 'events'>) =>
  async (id: CustomerId, change: (customer: Customer) => Customer): Promise<Customer> => {
    const customer = await getCustomer(ports)(id);
    const changed = change(customer);
    await saveCustomer(ports)(changed, customer);
    return changed;
  };
