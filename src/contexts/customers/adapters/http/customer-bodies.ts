import { givenAddressFields } from '#src/platform/http/routes/postal-address.js';
import { boolean, changes, email, object, text } from '#src/platform/schema/schema.js';

// What callers send. The lengths are those of the columns.

const name = () => text(120);
const phone = () => text(40).nullable();

const addressFields = {
  ...givenAddressFields,
  isDefault: boolean()
    .default(false)
    .description(
      'true makes this the default address; false changes nothing. The first address is always the default.',
    ),
};
const ADDRESS = {
  line1: '12 Rose Lane',
  city: 'Dublin',
  postalCode: 'D02 X285',
  country: 'IE',
  isDefault: true,
};

export const addressWish = object('AddressInput', addressFields).example(ADDRESS);
export const addressReplacement = object('AddressReplacement', addressFields).example(ADDRESS);

export const customerPatch = changes('CustomerPatch', {
  name: name().description('Also changes the name of the account'),
  phone: phone().description('`null` removes it'),
}).example({ phone: '+353 1 555 0100' });

export const customerPut = object('CustomerPut', {
  name: name().description('Also changes the name of the account'),
  phone: phone().default(null).description('Removed if absent or `null`'),
}).example({ name: 'Ada Byron', phone: null });

export const customerEntry = object('CustomerInput', {
  name: name(),
  email: email(),
  phone: phone().default(null),
}).example({ name: 'Ada Byron', email: 'ada@example.com' });
