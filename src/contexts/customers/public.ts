// All that other contexts may know of the customers.
import { chooseAddress } from './application/choose-address.js';
import { lockCustomer } from './application/lock-customer.js';
import { profileVersion } from './application/personal-data.js';
import type { CustomersPorts, CustomersReaders } from './application/ports.js';

export { fail as customerErrors } from './domain/errors.js';
export type { CustomerEvent } from './domain/events.js';

/** Steps that join the transaction of another context. */
export const customersOffers = (ports: Pick<CustomersPorts, 'customers'>) => ({
  chooseAddress: chooseAddress(ports),
  lockCustomer: lockCustomer(ports),
  profileVersion: profileVersion(ports),
});
export type CustomersOffers = ReturnType<typeof customersOffers>;

/** What queries of another context may read. */
export const customersQueryOffers = (readers: CustomersReaders) => ({
  profileVersion: profileVersion(readers),
});
export type CustomersQueryOffers = ReturnType<typeof customersQueryOffers>;
