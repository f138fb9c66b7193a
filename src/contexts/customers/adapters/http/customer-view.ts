import { parseVersionTag, versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { addressFields, viewAddressFields } from '#src/platform/http/routes/postal-address.js';
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

export const addressBody = object('Address', {
  id: uuid(),
  ...addressFields,
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
  ...viewAddressFields(address),
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
