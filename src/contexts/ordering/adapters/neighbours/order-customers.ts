import { lockCustomer, type CustomersPorts } from '../../../customers/public.js';
import type { Customers } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';

/** The customers, locked in the order's own transaction. */
export const orderCustomers = (ports: Pick<CustomersPorts, 'customers'>): Customers => ({
  lock: async (customer) => {
    if (!(await lockCustomer(ports)(customer))) throw fail('customer_erased');
  },
});
