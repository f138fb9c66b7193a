import { requireOwn, type Actor, type Manager } from '#src/kernel/actor.js';
import type { CustomerId, AddressId } from '#src/kernel/ids.js';
import { type Page, type PageRequest, pageOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import { Customer, type Address } from '../domain/customer.js';
import { fail } from '../domain/errors.js';
import type { CustomerReader, CustomerFilter } from './ports.js';

/** Step: returns the customer. Fails with `customer_not_found`. */
export const existingCustomer =
  ({ customers }: { customers: CustomerReader }) =>
  async (id: CustomerId): Promise<Customer> => {
    const customer = await customers.find(id);
    if (customer === null) throw fail('customer_not_found');
    return customer;
  };

/** Fails with `forbidden` or `customer_not_found`. */
export const getCustomer =
  ({ customers }: { customers: CustomerReader }) =>
  async (by: Actor<'customers:read'>, id: CustomerId): Promise<Customer> => {
    requireOwn(by, id);
    return existingCustomer({ customers })(id);
  };

export const listCustomers =
  ({ customers }: { customers: CustomerReader }) =>
  (_by: Manager<'customers:read'>, filter: CustomerFilter, page: PageRequest): Promise<Page<Customer>> =>
    customers.list(filter, page);

/** Fails with `customer_not_found` or `address_not_found`. */
export const getAddress =
  ({ customers }: { customers: CustomerReader }) =>
  async (customerId: CustomerId, id: AddressId): Promise<Address> =>
    Customer.findAddress(await existingCustomer({ customers })(customerId), id);

/**
 * Returns a page of the address book by id, which is in the order of adding. A position stays valid when the address at it is
 * removed before the next page is requested. Fails with `customer_not_found`.
 */
export const listAddresses =
  ({ customers }: { customers: CustomerReader }) =>
  async (customerId: CustomerId, { limit, after }: PageRequest): Promise<Page<Address>> => {
    const { addresses } = await existingCustomer({ customers })(customerId);
    const rest = addresses
      .filter(({ id }) => after === null || id > after.id)
      .sort((a, b) => compareText(a.id, b.id));
    return pageOf(rest, limit, ({ id }) => ({ key: id, id }));
  };
