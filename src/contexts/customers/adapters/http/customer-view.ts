import Joi from 'joi';
import { parseVersionTag, versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { answer, pageOf, timestamp } from '#src/platform/http/routes/schemas.js';
import type { Address, Customer } from '../../domain/customer.js';

export const nullableText = (): Joi.StringSchema => Joi.string().allow(null);

/** What an address says, in the book and in the orders that went there. */
export const addressContent = {
  name: nullableText().description('Who receives what is sent there, when it is not the customer'),
  line1: Joi.string(),
  line2: nullableText(),
  city: Joi.string(),
  region: nullableText().description('State, province or county'),
  postalCode: nullableText(),
  country: Joi.string().description('ISO 3166-1 alpha-2'),
  phone: nullableText(),
};

export const addressBody = answer('Address', {
  id: Joi.string().uuid(),
  ...addressContent,
  isDefault: Joi.boolean().description('Where orders go that name no address'),
});

export const addressPageBody = pageOf('AddressPage', addressBody);

export const customerBody = answer('Customer', {
  id: Joi.string().uuid().description('Also the id of the account'),
  name: Joi.string(),
  email: Joi.string().description("A copy of the account's, where it is changed"),
  phone: nullableText(),
  addresses: Joi.array().items(addressBody).description('In the order in which they were added'),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

export const customerPageBody = pageOf('CustomerPage', customerBody);

export const viewAddress = (address: Address) => ({
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

export const viewCustomer = ({ id, name, email, phone, addresses, createdAt, updatedAt }: Customer) => ({
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
