import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { wordsOf } from '#src/kernel/words.js';
import { fail } from './errors.js';
import { MAX_ADDRESSES } from './limits.js';

export interface Address extends PostalAddress {
  readonly id: AddressId;
  /** Exactly one of a customer's addresses is the default, unless there are none. */
  readonly isDefault: boolean;
  /** Rises in the order in which the addresses were added; may have gaps. */
  readonly position: number;
}

/** The profile of a user, with the same id. Its addresses belong to it: changing them changes it. */
export interface Customer {
  readonly id: CustomerId;
  readonly name: string;
  /** A copy of the account's, which owns it. */
  readonly email: string;
  readonly phone: string | null;
  /** In the order in which they were added. */
  readonly addresses: readonly Address[];
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewCustomer = Pick<Customer, 'id' | 'name' | 'email'> & { readonly phone?: string | null };

const open = ({ id, name, email, phone = null }: NewCustomer, at: Date): Customer => ({
  id,
  name,
  email,
  phone,
  addresses: [],
  version: 1,
  createdAt: at,
  updatedAt: at,
});

const change = (
  customer: Customer,
  changes: Partial<Pick<Customer, 'name' | 'email' | 'phone'>>,
  at: Date,
): Customer => ({ ...customer, ...changes, version: customer.version + 1, updatedAt: at });

/** Returns the last version of a customer who is erased, which is not stored. */
const erase = (
  { id, version }: Pick<Customer, 'id' | 'version'>,
  at: Date,
): Pick<Customer, 'id' | 'version' | 'updatedAt'> => ({ id, version: version + 1, updatedAt: at });

/** Returns the words by which a search finds a customer. */
const words = ({ name, email }: Pick<Customer, 'name' | 'email'>): readonly string[] =>
  wordsOf(`${name} ${email}`);

/** Makes exactly one address the default: the requested one, else the present one, else the first. */
const withDefault = (addresses: readonly Address[], wanted?: AddressId): readonly Address[] => {
  const chosen =
    addresses.find(({ id }) => id === wanted) ?? addresses.find(({ isDefault }) => isDefault) ?? addresses[0];
  return addresses.map((address) => ({ ...address, isDefault: address === chosen }));
};

const changeAddresses = (customer: Customer, addresses: readonly Address[], at: Date): Customer => ({
  ...customer,
  addresses,
  version: customer.version + 1,
  updatedAt: at,
});

/** What the caller wants of an address; `isDefault: false` leaves the choice to the address book. */
export interface AddressWish extends PostalAddress {
  readonly isDefault: boolean;
}

const addAddress = (
  customer: Customer,
  id: AddressId,
  { isDefault, ...content }: AddressWish,
  at: Date,
): Customer => {
  if (customer.addresses.length >= MAX_ADDRESSES) throw fail('address_book_full', { limit: MAX_ADDRESSES });
  const position = (customer.addresses.at(-1)?.position ?? 0) + 1;
  const addresses = [...customer.addresses, { ...content, id, isDefault: false, position }];
  return changeAddresses(customer, withDefault(addresses, isDefault ? id : undefined), at);
};

const findAddress = (customer: Customer, id: AddressId): Address => {
  const address = customer.addresses.find((candidate) => candidate.id === id);
  if (address === undefined) throw fail('address_not_found');
  return address;
};

const replaceAddress = (
  customer: Customer,
  id: AddressId,
  { isDefault, ...content }: AddressWish,
  at: Date,
): Customer => {
  const before = findAddress(customer, id);
  const addresses = customer.addresses.map((address) =>
    address === before ? { ...before, ...content } : address,
  );
  return changeAddresses(customer, withDefault(addresses, isDefault ? id : undefined), at);
};

const removeAddress = (customer: Customer, id: AddressId, at: Date): Customer => {
  const gone = findAddress(customer, id);
  const addresses = customer.addresses.filter((address) => address !== gone);
  return changeAddresses(customer, withDefault(addresses), at);
};

export const Customer = {
  open,
  change,
  erase,
  words,
  addAddress,
  replaceAddress,
  removeAddress,
  findAddress,
};
