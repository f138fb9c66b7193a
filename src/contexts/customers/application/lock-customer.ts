import type { CustomerId } from '../../../kernel/ids.js';
import type { CustomersPorts } from './ports.js';

/** Step: keeps a customer from being erased until the transaction ends. Returns whether there is such a customer. */
export const lockCustomer =
  ({ customers }: Pick<CustomersPorts, 'customers'>) =>
  async (id: CustomerId): Promise<boolean> =>
    (await customers.hold(id)) !== null;
