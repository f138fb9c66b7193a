import { EXAMPLE_ADDRESS, EXAMPLE_CUSTOMER, EXAMPLE_OTHER_CUSTOMER } from '#src/kernel/examples.js';
import { givenAddressFields } from '#src/platform/http/routes/postal-address.js';
import { boolean, changes, email, object, text } from '#src/platform/schema/schema.js';

// What callers send. The lengths are those of the columns.

const name = () => text(120).description('Full name');
const phone = () => text(40).nullable().description('Phone number; null for none');

const addressFields = {
  ...givenAddressFields,
  isDefault: boolean()
    .default(false)
    .description(
      'true makes this the default address; false changes nothing. The first address is always the default.',
    ),
};
const { id: _id, ...ADDRESS } = { ...EXAMPLE_ADDRESS, isDefault: true };

export const addressWish = object('CustomerAddressCreate', addressFields, {
  description: 'An address to add to the address book. Absent optional texts are null',
}).example(ADDRESS);
export const addressReplacement = object('CustomerAddressReplace', addressFields, {
  description: 'The new content of an address. Absent optional texts are null',
}).example(ADDRESS);

export const customerPatch = changes(
  'CustomerUpdate',
  {
    name: name().description('Full name; also changes the name of the account'),
    phone: phone().description('Phone number; `null` removes it'),
  },
  { description: 'Fields of a profile to change; absent ones stay as they are' },
).example({ phone: EXAMPLE_CUSTOMER.phone });

export const customerPut = object(
  'CustomerReplace',
  {
    name: name().description('Full name; also changes the name of the account'),
    phone: phone().default(null).description('Phone number; removed if absent or `null`'),
  },
  { description: 'The new content of a profile' },
).example({ name: EXAMPLE_CUSTOMER.name, phone: EXAMPLE_CUSTOMER.phone });

export const customerEntry = object(
  'CustomerCreate',
  {
    name: name(),
    email: email().description('E-mail address of the account; unique in the shop'),
    phone: phone().default(null),
  },
  { description: 'A customer to create, with an account. An absent `phone` is null' },
).example({ name: EXAMPLE_OTHER_CUSTOMER.name, email: EXAMPLE_OTHER_CUSTOMER.email });
