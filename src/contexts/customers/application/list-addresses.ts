import type { CustomerId } from '#src/kernel/ids.js';
import { pageOf, type Page, type PageRequest } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import type { Address } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import type { CustomerReader } from './ports.js';

/**
 * A page of the address book by id, which tells when an address was added and outlives it: the address at which a page
 * ended may be gone when the next one is asked for. Fails with `customer_not_found`.
 */
export const listAddresses =
  ({ customers }: { customers: CustomerReader }) =>
  async (customerId: CustomerId, { limit, after }: PageRequest): Promise<Page<Address>> => {
    const { addresses } = await getCustomer({ customers })(customerId);
    const rest = addresses
      .filter(({ id }) => after === null || id > after.id)
      .sort((a, b) => compareText(a.id, b.id));
    return pageOf(rest, limit, ({ id }) => ({ key: id, id }));
  };
