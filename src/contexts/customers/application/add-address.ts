import type { AddressId, CustomerId, NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer, type Address, type AddressWish } from '../domain/customer.js';
import { changeAddressBook } from './change-address-book.js';
import type { CustomersPorts } from './ports.js';

/** The first address becomes the default whatever is wished. Fails with `address_book_full`. */
export const addAddress =
  ({ newId }: { newId: NewId }) =>
  (customerId: CustomerId, wish: AddressWish): Work<CustomersPorts, Address> => {
    const id = newId<AddressId>();
    return async (ports) => {
      const add = (customer: Customer) => Customer.addAddress(customer, id, wish, ports.now());
      return Customer.findAddress(await changeAddressBook(ports)(customerId, add), id);
    };
  };
