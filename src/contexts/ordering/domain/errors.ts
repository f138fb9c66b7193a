import { errorCatalogue } from '#src/kernel/errors.js';
import { EXAMPLE_ORDER } from '#src/kernel/examples.js';
import { ORDER_STATUSES } from './order-status.js';

const STATUS = { type: 'string', enum: ORDER_STATUSES } as const;

export const fail = errorCatalogue({
  cart_empty: ['conflict', 'The cart is empty. Add a product before you order.'],
  total_changed: [
    'conflict',
    'The total of the order differs from expectedTotal. Show the cart again before you order.',
    {
      expectedTotal: { type: 'number', description: 'The total that the request expected', example: 20 },
      totalPrice: { type: 'number', description: 'The current total', example: EXAMPLE_ORDER.total },
    },
  ],
  too_many_pending_orders: [
    'conflict',
    'You already have the maximum number of pending orders. Cancel one, or wait until one is confirmed.',
    {
      limit: { type: 'integer', description: 'Maximum number of pending orders of a customer', example: 20 },
    },
  ],
  placement_expired: [
    'unavailable',
    'The order could not be placed in time. Nothing was ordered, and the cart is as it was. Try again.',
  ],
  order_not_found: ['not_found', 'No order has this id, or you are not allowed to see it.'],
  bulk_cancellation_not_found: ['not_found', 'The bulk cancellation does not exist.'],
  illegal_transition: [
    'conflict',
    'The order cannot change from its current status to the requested one.',
    {
      from: { ...STATUS, description: 'Current status', example: 'pending' },
      to: { ...STATUS, description: 'Requested status', example: 'shipped' },
      allowed: {
        type: 'array',
        items: STATUS,
        description: 'Statuses to which the order can change',
        example: ['confirmed', 'cancelled'],
      },
    },
  ],
  account_disabled: ['forbidden', 'The account is disabled.'],
  email_not_verified: ['forbidden', 'Verify your e-mail address before you order.'],
  only_cancelling_allowed: [
    'forbidden',
    'Customers can only cancel their orders. Other changes of status are for administrators.',
  ],
  customer_erased: [
    'conflict',
    'The customer has been erased, so the order is being cancelled and cannot be changed.',
  ],
  open_orders: [
    'conflict',
    'The customer has confirmed or shipped orders. Try again when they are delivered or cancelled.',
  ],
});
