import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer } from '../domain/customer.js';
import { changeAddressBook } from './change-address-book.js';
import type { CustomersPorts } from './ports.js';

/** When the default goes, the first of the others becomes the default. Fails with `address_not_found`. */
export const removeAddress =
  (customerId: CustomerId, id: AddressId): Work<CustomersPorts, Customer> =>
  (ports) =>
    changeAddressBook(ports)(customerId, (customer) => Customer.removeAddress(customer, id, ports.now()));
