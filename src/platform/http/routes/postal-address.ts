import type { PostalAddress } from '#src/kernel/postal-address.js';
import { country, string, text, type ValuesOf } from '#src/platform/schema/schema.js';

const optionalText = (max: number) => text(max).nullable().default(null);

const RECIPIENT = 'Recipient, if it is not the customer';
const REGION = 'State, province or county';

/** Fields of an address in a request. The lengths are those of the columns. */
export const givenAddressFields = {
  name: optionalText(120).description(RECIPIENT).example('Ada Lovelace'),
  line1: text(200).example('12 St James’s Square'),
  line2: optionalText(200),
  city: text(120).example('London'),
  region: optionalText(120).description(REGION),
  postalCode: optionalText(20).example('SW1Y 4JH'),
  country: country().example('GB'),
  phone: optionalText(40),
};

/** Fields of an address in a response. */
export const addressFields = {
  name: string().nullable().description(RECIPIENT),
  line1: string(),
  line2: string().nullable(),
  city: string(),
  region: string().nullable().description(REGION),
  postalCode: string().nullable(),
  country: string().description('ISO 3166-1 alpha-2'),
  phone: string().nullable(),
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
