import {
  EXAMPLE_ADDRESS,
  EXAMPLE_CUSTOMER,
  EXAMPLE_FROM,
  EXAMPLE_ORDER,
  EXAMPLE_PRODUCT,
  EXAMPLE_TO,
} from '#src/kernel/examples.js';
import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import { listSearch, pagingSearch } from '#src/platform/http/lists/list.js';
import { givenAddressFields } from '#src/platform/http/routes/postal-address.js';
import { total } from '#src/platform/http/routes/schemas.js';
import {
  email,
  enumeration,
  instant,
  object,
  string,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import { OrderNumber } from '../../domain/order-number.js';
import { ORDER_STATUSES } from '../../domain/order-status.js';

const shippingAddress = object('ShippingAddressCreate', givenAddressFields, {
  description: 'An address for one order. Absent optional texts are null',
});

const { id: _id, ...ADDRESS } = EXAMPLE_ADDRESS;

export const orderStatus = () => enumeration('OrderStatus', 'Status of an order', ORDER_STATUSES);

export const checkoutBody = (currency: Currency) =>
  object(
    'OrderCreate',
    {
      addressId: uuid<AddressId>()
        .description('Id of one of my addresses; not together with `shippingAddress`')
        .optional(),
      shippingAddress: shippingAddress
        .description('An address that is not added to the address book; not together with `addressId`')
        .optional(),
      expectedTotal: total(currency)
        .description(
          `The total shown to the customer, in ${currency.code}. If the total differs, the order is refused with \`total_changed\``,
        )
        .optional(),
    },
    { description: 'An order for the cart, with at most one of `addressId` and `shippingAddress`' },
  )
    .notTogether('addressId', 'shippingAddress')
    .example({ shippingAddress: ADDRESS });

/** Its total is in major units. */
export type CheckoutBody = ValueOf<ReturnType<typeof checkoutBody>>;

export const statusBody = object(
  'OrderUpdate',
  {
    status: orderStatus().description('New status').example('cancelled'),
  },
  { description: 'The status to which an order is to change' },
);

export const orderSearch = listSearch({
  status: orderStatus().description('Only orders with this status').example('pending').optional(),
  customerId: uuid<CustomerId>()
    .description('Only orders of this customer')
    .example(EXAMPLE_CUSTOMER.id)
    .optional(),
  from: instant().description('Only orders placed from this time on').example(EXAMPLE_FROM).optional(),
  to: instant().description('Only orders placed before this time').example(EXAMPLE_TO).optional(),
  number: string({ max: 20 })
    .convert(OrderNumber.parse, 'must be an order number such as 7KQ4-XM2P')
    .description(
      'The order with this number. Letter case and the hyphen are ignored; O is read as 0, and I and L as 1',
    )
    .example(EXAMPLE_ORDER.number)
    .optional(),
  email: email()
    .description('Only orders of the customer whose account has this e-mail address')
    .example(EXAMPLE_CUSTOMER.email)
    .optional(),
  sku: string({ max: 64 })
    .description('Only orders with a line that had this SKU when it was ordered, in any letter case')
    .example(EXAMPLE_PRODUCT.sku)
    .optional(),
});

export const myOrdersSearch = pagingSearch;
