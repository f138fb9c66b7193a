import type { CustomerId } from '#src/kernel/ids.js';
import type { Customer } from '../domain/customer.js';
import { fail } from '../domain/errors.js';
import type { CustomerReader } from './ports.js';

/** Fails with `customer_not_found`. */
export const getCustomer =
  ({ customers }: { customers: CustomerReader }) =>
  async (id: CustomerId): Promise<Customer> => {
    const customer = await customers.find(id);
    if (customer === null) throw fail('customer_not_found');
    return customer;
  };
