import { holdCustomer, type CustomersPorts } from '#src/contexts/customers/public.js';
import type { Customers } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';

/** The customers, held in the order's own transaction. */
export const orderCustomers = (ports: Pick<CustomersPorts, 'customers'>): Customers => ({
  hold: holdCustomer(ports, () => fail('customer_erased')),
});
