import { errorCatalogue } from '#src/kernel/errors.js';

export const fail = errorCatalogue({
  cart_empty: ['conflict', 'There is nothing in the cart to order.'],
  total_changed: ['conflict', 'The total is no longer the expected one.'],
  too_many_pending_orders: [
    'conflict',
    'You have the maximum number of pending orders. Cancel one, or wait until one is confirmed.',
  ],
  order_not_found: ['not_found', 'There is no such order.'],
  bulk_cancellation_not_found: ['not_found', 'There is no such cancellation of orders.'],
  illegal_transition: ['conflict', 'The order cannot move to that status.'],
  account_disabled: ['forbidden', 'The account is disabled.'],
  email_not_verified: ['forbidden', 'Verify your e-mail address before you order.'],
  only_cancelling_allowed: ['forbidden', 'Customers can only cancel an order.'],
  customer_erased: ['conflict', 'The customer has been erased, and the order is about to be cancelled.'],
  open_orders: ['conflict', 'There are orders that are confirmed or under way.'],
});
