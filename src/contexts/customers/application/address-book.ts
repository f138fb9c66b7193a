import type { CustomerId, AddressId, NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer, type Address, type AddressWish } from '../domain/customer.js';
import { saveCustomer } from './profile.js';
import { existingCustomer } from './queries.js';
import type { CustomersPorts } from './ports.js';

/** Step that every change of an address book shares. */
export const changeAddressBook =
  (ports: Pick<CustomersPorts, 'customers' | 'events'>) =>
  async (id: CustomerId, change: (customer: Customer) => Customer): Promise<Customer> => {
    const customer = await existingCustomer(ports)(id);
    const changed = change(customer);
    await saveCustomer(ports)(changed, customer);
    return changed;
  };

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

/** Fails with `address_not_found`. */
export const replaceAddress =
  (customerId: CustomerId, id: AddressId, wish: AddressWish): Work<CustomersPorts, Address> =>
  async (ports) => {
    const replace = (customer: Customer) => Customer.replaceAddress(customer, id, wish, ports.now());
    return Customer.findAddress(await changeAddressBook(ports)(customerId, replace), id);
  };

/** When the default goes, the first of the others becomes the default. Fails with `address_not_found`. */
export const removeAddress =
  (customerId: CustomerId, id: AddressId): Work<CustomersPorts, Customer> =>
  (ports) =>
    changeAddressBook(ports)(customerId, (customer) => Customer.removeAddress(customer, id, ports.now()));
