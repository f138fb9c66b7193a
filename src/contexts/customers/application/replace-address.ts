import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer, type Address, type AddressWish } from '../domain/customer.js';
import { changeAddressBook } from './change-address-book.js';
import type { CustomersPorts } from './ports.js';

/** Fails with `address_not_found`. */
export const replaceAddress =
  (customerId: CustomerId, id: AddressId, wish: AddressWish): Work<CustomersPorts, Address> =>
  async (ports) => {
    const replace = (customer: Customer) => Customer.replaceAddress(customer, id, wish, ports.now());
    return Customer.findAddress(await changeAddressBook(ports)(customerId, replace), id);
  };
