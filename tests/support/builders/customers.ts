import type { Address, AddressWish, Customer } from '#src/contexts/customers/domain/customer.js';
import { newId } from './ids.js';

export const anAddressWish = (some: Partial<AddressWish> = {}): AddressWish => ({
  name: null,
  line1: '12 Rose Lane',
  line2: null,
  city: 'Dublin',
  region: null,
  postalCode: 'D02 X285',
  country: 'IE',
  phone: null,
  isDefault: false,
  ...some,
});

let addresses = 0;

/** An address that comes after all that were made before it. */
export const anAddress = (some: Partial<Address> = {}): Address => ({
  ...anAddressWish(),
  id: newId(),
  position: (addresses += 1),
  ...some,
});

/** A customer without addresses, unless told otherwise. */
export const aCustomer = (some: Partial<Customer> = {}): Customer => ({
  id: newId(),
  name: 'Ada Byron',
  email: 'ada@example.com',
  phone: null,
  addresses: [],
  version: 1,
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
  updatedAt: new Date('2026-01-02T03:04:05.678Z'),
  ...some,
});
