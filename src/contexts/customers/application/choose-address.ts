import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { Address, Customer } from '../domain/customer.js';
import { fail } from '../domain/errors.js';
import type { CustomersPorts } from './ports.js';

/** Returns the address of that id, or without one the default address, if there is any. Fails like `chooseAddress`. */
export const addressOf = (customer: Customer | null, id: AddressId | undefined): Address | null => {
  if (customer === null) throw fail('customer_not_found');
  if (id === undefined) return customer.addresses.find(({ isDefault }) => isDefault) ?? null;
  const address = customer.addresses.find((candidate) => candidate.id === id);
  if (address === undefined) throw fail('unknown_address');
  return address;
};

/**
 * Step: where an order goes. Locks the customer, so that no order is placed for a person who is being erased. Fails with
 * `customer_not_found` or `unknown_address`.
 */
export const chooseAddress =
  ({ customers }: Pick<CustomersPorts, 'customers'>) =>
  async (customerId: CustomerId, id: AddressId | undefined): Promise<Address | null> =>
    addressOf(await customers.lock(customerId), id);
