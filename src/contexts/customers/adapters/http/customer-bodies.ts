import Joi from 'joi';
import { country, email, shape, text } from '#src/platform/http/routes/schemas.js';
import type { Fields } from '#src/platform/http/routes/shapes.js';
import type { CustomerChanges } from '../../application/change-customer.js';
import type { CustomerEntry } from '../../application/create-customer.js';
import type { AddressWish } from '../../domain/customer.js';

// What callers send. The lengths are those of the columns.

const name = (): Joi.StringSchema => text(120);
const phone = (): Joi.StringSchema => text(40).allow(null);
/** Text that may be missing: the same as null. */
const optional = (max: number): Joi.StringSchema => text(max).allow(null).default(null);

const addressFields: Fields<AddressWish> = {
  name: optional(120).description('Who receives what is sent there, when it is not the customer'),
  line1: text(200).required(),
  line2: optional(200),
  city: text(120).required(),
  region: optional(120).description('State, province or county'),
  postalCode: optional(20),
  country: country().required(),
  phone: phone().default(null),
  isDefault: Joi.boolean()
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

export const addressWish = shape<AddressWish>('AddressInput', addressFields).example(ADDRESS);
export const addressReplacement = shape<AddressWish>('AddressReplacement', addressFields).example(ADDRESS);

export const customerPatch = shape<CustomerChanges>('CustomerPatch', {
  name: name().description("The account's name follows"),
  phone: phone().description('`null` removes it'),
}).example({ phone: '+353 1 555 0100' });

export const customerPut = shape<CustomerChanges>('CustomerPut', {
  name: name().required().description("The account's name follows"),
  phone: phone().default(null).description('Missing or `null` removes it'),
}).example({ name: 'Ada Byron', phone: null });

export const customerEntry = shape<CustomerEntry>('CustomerInput', {
  name: name().required(),
  email: email().required(),
  phone: phone().default(null),
}).example({ name: 'Ada Byron', email: 'ada@example.com' });
