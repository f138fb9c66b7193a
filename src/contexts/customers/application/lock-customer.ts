import type { CustomerId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { CustomersPorts } from './ports.js';

/** Step: keeps a customer from being erased until the transaction ends. Fails with what `gone` makes when there is none. */
export const lockCustomer =
  ({ customers }: Pick<CustomersPorts, 'customers'>) =>
  async (id: CustomerId, gone: () => Error = () => fail('customer_not_found')): Promise<void> => {
    if (!(await customers.lockOnly(id))) throw gone();
  };
