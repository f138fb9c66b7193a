import { EXAMPLE_ADDRESS, EXAMPLE_CUSTOMER } from '#src/kernel/examples.js';
import { parseVersionTag, versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { ADDRESS, addressFields, viewAddressFields } from '#src/platform/http/routes/postal-address.js';
import { createdAt, pageOf, updatedAt } from '#src/platform/http/routes/schemas.js';
import { array, boolean, object, string, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import type { Address, Customer } from '../../domain/customer.js';

export const addressBody = object(
  'CustomerAddress',
  {
    id: uuid().description('Id of the address').example(EXAMPLE_ADDRESS.id),
    ...addressFields,
    isDefault: boolean().description('Whether orders without an address use this one').example(true),
  },
  { description: 'An address of the address book', base: ADDRESS },
);

export const addressPageBody = pageOf('CustomerAddressPage', addressBody);

export const customerBody = object(
  'Customer',
  {
    id: uuid().description('Id of the customer, and of the user').example(EXAMPLE_CUSTOMER.id),
    name: string().description('Full name, the same as that of the account').example(EXAMPLE_CUSTOMER.name),
    email: string()
      .description('The e-mail address of the account; change it with `PATCH /auth/me`')
      .example(EXAMPLE_CUSTOMER.email),
    phone: string()
      .nullable()
      .description('Phone number; null if there is none')
      .example(EXAMPLE_CUSTOMER.phone),
    addresses: array(addressBody).description('The address book, in the order of creation'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  { description: 'The profile of a customer' },
);

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
  ...times
}: Customer): ValueOf<typeof customerBody> => ({
  id,
  name,
  email,
  phone,
  addresses: addresses.map(viewAddress),
  createdAt: times.createdAt.toISOString(),
  updatedAt: times.updatedAt.toISOString(),
});

/** The tag of a customer, address book included. */
export const customerTag = ({ version }: Customer): string => versionTag(version);
export const parseCustomerTag = parseVersionTag;
