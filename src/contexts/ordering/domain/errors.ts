import { errorCatalogue } from '#src/kernel/errors.js';

export const fail = errorCatalogue({
  cart_empty: ['conflict', 'The cart is empty. Add a product before you order.'],
  total_changed: [
    'conflict',
    'The total of the order differs from expectedTotal. Show the cart again before you order.',
  ],
  too_many_pending_orders: [
    'conflict',
    'You already have the maximum number of pending orders. Cancel one, or wait until one is confirmed.',
  ],
  placement_expired: [
    'unavailable',
    'The order could not be placed in time. Nothing was ordered, and the cart is as it was. Try again.',
  ],
  order_not_found: ['not_found', 'No order has this id, or you are not allowed to see it.'],
  bulk_cancellation_not_found: ['not_found', 'The bulk cancellation does not exist.'],
  illegal_transition: ['conflict', 'The order cannot change from its current status to the requested one.'],
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
