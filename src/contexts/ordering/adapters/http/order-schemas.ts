import Joi from 'joi';
import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import { listSearch } from '#src/platform/http/lists/list.js';
import { country, instant, shape, text, total, uuid } from '#src/platform/http/routes/schemas.js';
import { ORDER_STATUSES, type OrderStatus, type ShippingAddress } from '../../domain/order.js';

const optionalText = (max: number): Joi.StringSchema => text(max).allow(null).default(null);

const shippingAddress = shape<ShippingAddress>('NewShippingAddress', {
  name: optionalText(120).description('Who receives it, when it is not the customer').example('Ada Lovelace'),
  line1: text(200).required().example('12 St James’s Square'),
  line2: optionalText(200),
  city: text(120).required().example('London'),
  region: optionalText(120).description('State, province or county'),
  postalCode: optionalText(20).example('SW1Y 4JH'),
  country: country().required().example('GB'),
  phone: optionalText(40),
});

export interface CheckoutBody {
  readonly addressId?: AddressId;
  readonly shippingAddress?: ShippingAddress;
  /** In major units. */
  readonly expectedTotal?: number;
}

export const checkoutBody = (currency: Currency): Joi.ObjectSchema<CheckoutBody> =>
  shape<CheckoutBody>('Checkout', {
    addressId: uuid().description('One of my addresses; not together with `shippingAddress`'),
    shippingAddress: shippingAddress.description(
      'An address written out; it does not enter the address book',
    ),
    expectedTotal: total(currency).description(
      `The total that I have been shown, in ${currency.code}: at any other the order is refused with \`total_changed\``,
    ),
  })
    .nand('addressId', 'shippingAddress')
    .example({});

export const statusBody = shape<{ readonly status: OrderStatus }>('OrderStatusChange', {
  status: Joi.string()
    .valid(...ORDER_STATUSES)
    .required()
    .example('confirmed'),
});

interface OrderSearch {
  readonly status?: OrderStatus;
  readonly customerId?: CustomerId;
  readonly from?: Date;
  readonly to?: Date;
}

export const orderSearch = listSearch<OrderSearch>({
  status: Joi.string().valid(...ORDER_STATUSES),
  customerId: uuid().description('Of this customer'),
  from: instant().description('Placed at this time or later'),
  to: instant().description('Placed before this time'),
});

export const myOrdersSearch = listSearch();
