import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import { listSearch, pagingSearch } from '#src/platform/http/lists/list.js';
import { givenAddressFields } from '#src/platform/http/routes/postal-address.js';
import { total } from '#src/platform/http/routes/schemas.js';
import { instant, object, oneOf, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import { ORDER_STATUSES } from '../../domain/order.js';

const shippingAddress = object('NewShippingAddress', givenAddressFields);

export const checkoutBody = (currency: Currency) =>
  object('Checkout', {
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
  })
    .notTogether('addressId', 'shippingAddress')
    .example({});

/** Its total is in major units. */
export type CheckoutBody = ValueOf<ReturnType<typeof checkoutBody>>;

export const statusBody = object('OrderStatusChange', {
  status: oneOf(...ORDER_STATUSES).example('confirmed'),
});

export const orderSearch = listSearch({
  status: oneOf(...ORDER_STATUSES).optional(),
  customerId: uuid<CustomerId>().description('Only orders of this customer').optional(),
  from: instant().description('Only orders placed from this time on').optional(),
  to: instant().description('Only orders placed before this time').optional(),
});

export const myOrdersSearch = pagingSearch;
