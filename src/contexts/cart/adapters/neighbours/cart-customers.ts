import { holdCustomer, type CustomersPorts } from '#src/contexts/customers/public.js';
import type { Customers } from '../../application/ports.js';

/** The customers, held in the cart's own transaction. */
export const cartCustomers = (ports: Pick<CustomersPorts, 'customers'>): Customers => ({
  hold: holdCustomer(ports),
});
