import type { CustomerId } from '../../../kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { CustomersPorts } from './ports.js';

/** Step: keeps a customer from being erased until the transaction ends. Fails with `customer_not_found`. */
export const holdCustomer =
  ({ customers }: Pick<CustomersPorts, 'customers'>) =>
  async (id: CustomerId): Promise<void> => {
    if ((await customers.hold(id)) === null) throw fail('customer_not_found');
  };
