import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import { Customer, type Address } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import type { CustomerReader } from './ports.js';

/** Fails with `customer_not_found` or `address_not_found`. */
export const getAddress =
  ({ customers }: { customers: CustomerReader }) =>
  async (customerId: CustomerId, id: AddressId): Promise<Address> =>
    Customer.findAddress(await getCustomer({ customers })(customerId), id);
