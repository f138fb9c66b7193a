import { boolean, changes, country, email, object, text } from '#src/platform/schema/schema.js';

// What callers send. The lengths are those of the columns.

const name = () => text(120);
const phone = () => text(40).nullable();
/** Text that may be missing: the same as null. */
const optional = (max: number) => text(max).nullable().default(null);

const addressFields = {
  name: optional(120).description('Who receives what is sent there, when it is not the customer'),
  line1: text(200),
  line2: optional(200),
  city: text(120),
  region: optional(120).description('State, province or county'),
  postalCode: optional(20),
  country: country(),
  phone: phone().default(null),
  isDefault: boolean()
    .default(false)
    .description(
      'True makes it the default address in place of the one that was; false leaves the choice as it is. ' +
        'The first address is the default in any case.',
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
  name: name().description("The account's name follows"),
  phone: phone().description('`null` removes it'),
}).example({ phone: '+353 1 555 0100' });

export const customerPut = object('CustomerPut', {
  name: name().description("The account's name follows"),
  phone: phone().default(null).description('Missing or `null` removes it'),
}).example({ name: 'Ada Byron', phone: null });

export const customerEntry = object('CustomerInput', {
  name: name(),
  email: email(),
  phone: phone().default(null),
}).example({ name: 'Ada Byron', email: 'ada@example.com' });
