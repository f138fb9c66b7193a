import { parseVersionTag, versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { pageOf } from '#src/platform/http/routes/schemas.js';
import {
  array,
  boolean,
  object,
  string,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { Address, Customer } from '../../domain/customer.js';

export const nullableText = () => string().nullable();

/** What an address says, in the book and in the orders that went there. */
export const addressContent = {
  name: nullableText().description('Recipient, if it is not the customer'),
  line1: string(),
  line2: nullableText(),
  city: string(),
  region: nullableText().description('State, province or county'),
  postalCode: nullableText(),
  country: string().description('ISO 3166-1 alpha-2'),
  phone: nullableText(),
};

export const addressBody = object('Address', {
  id: uuid(),
  ...addressContent,
  isDefault: boolean().description('Whether orders without an address use this one'),
});

export const addressPageBody = pageOf('AddressPage', addressBody);

export const customerBody = object('Customer', {
  id: uuid().description('Also the id of the user'),
  name: string(),
  email: string().description('The e-mail address of the account; change it with `PATCH /auth/me`'),
  phone: nullableText(),
  addresses: array(addressBody).description('In the order of their creation'),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

export const customerPageBody = pageOf('CustomerPage', customerBody);

export const viewAddress = (address: Address): ValueOf<typeof addressBody> => ({
  id: address.id,
  name: address.name,
  line1: address.line1,
  line2: address.line2,
  city: address.city,
  region: address.region,
  postalCode: address.postalCode,
  country: address.country,
  phone: address.phone,
  isDefault: address.isDefault,
});

export const viewCustomer = ({
  id,
  name,
  email,
  phone,
  addresses,
  createdAt,
  updatedAt,
}: Customer): ValueOf<typeof customerBody> => ({
  id,
  name,
  email,
  phone,
  addresses: addresses.map(viewAddress),
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

/** The tag of a customer, address book included. */
export const customerTag = ({ version }: Customer): string => versionTag(version);
export const parseCustomerTag = parseVersionTag;
