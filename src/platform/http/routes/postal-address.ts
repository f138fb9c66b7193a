import { EXAMPLE_ADDRESS } from '#src/kernel/examples.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { country, string, text, type ValuesOf } from '#src/platform/schema/schema.js';

const optionalText = (max: number) => text(max).nullable().default(null);

const DESCRIPTIONS = {
  name: 'Recipient, if it is not the customer',
  line1: 'Street and number, or the like',
  line2: 'Second line: flat, floor, company',
  city: 'City, town or village',
  region: 'State, province or county',
  postalCode: 'Postal code, where the country has them',
  phone: 'Phone number for the delivery',
};

/** Fields of an address in a request. The lengths are those of the columns. */
export const givenAddressFields = {
  name: optionalText(120).description(DESCRIPTIONS.name),
  line1: text(200).description(DESCRIPTIONS.line1).example(EXAMPLE_ADDRESS.line1),
  line2: optionalText(200).description(DESCRIPTIONS.line2),
  city: text(120).description(DESCRIPTIONS.city).example(EXAMPLE_ADDRESS.city),
  region: optionalText(120).description(DESCRIPTIONS.region),
  postalCode: optionalText(20).description(DESCRIPTIONS.postalCode).example(EXAMPLE_ADDRESS.postalCode),
  country: country().example(EXAMPLE_ADDRESS.country),
  phone: optionalText(40).description(DESCRIPTIONS.phone),
};

/** Fields of an address in a response. */
export const addressFields = {
  name: string().nullable().description(DESCRIPTIONS.name),
  line1: string().description(DESCRIPTIONS.line1).example(EXAMPLE_ADDRESS.line1),
  line2: string().nullable().description(DESCRIPTIONS.line2),
  city: string().description(DESCRIPTIONS.city).example(EXAMPLE_ADDRESS.city),
  region: string().nullable().description(DESCRIPTIONS.region),
  postalCode: string().nullable().description(DESCRIPTIONS.postalCode).example(EXAMPLE_ADDRESS.postalCode),
  country: string().description('ISO 3166-1 alpha-2').example(EXAMPLE_ADDRESS.country),
  phone: string().nullable().description(DESCRIPTIONS.phone),
};

/** The component that responses with these fields extend. */
export const ADDRESS = {
  name: 'Address',
  description: 'A postal address',
  fields: Object.keys(addressFields),
};

/** Returns the fields of an address alone, whatever else the caller's address holds. */
export const viewAddressFields = (address: PostalAddress): ValuesOf<typeof addressFields> => ({
  name: address.name,
  line1: address.line1,
  line2: address.line2,
  city: address.city,
  region: address.region,
  postalCode: address.postalCode,
  country: address.country,
  phone: address.phone,
});
