import { boolean, integer, type ValuesOf } from '#src/platform/schema/schema.js';
import { DAY, variable } from './variable.js';

export const orderVariables = {
  REQUIRE_VERIFIED_EMAIL: variable(boolean().default(false), {
    right: 'true or false',
    purpose:
      'Whether customers need a verified e-mail address to order. true requires SMTP_URL in production.',
  }),
  PENDING_ORDER_TTL: variable(integer({ min: 0, max: 365 * DAY }).default(8 * 3600), {
    right: 'seconds, a whole number from 0 to 31536000 (0: never cancel)',
    purpose:
      'How long an order may stay pending. After that it is cancelled and its stock is returned. 0 disables this.',
  }),
  PENDING_ORDERS_MAX: variable(integer({ min: 0, max: 1000 }).default(10), {
    right: 'a whole number from 0 to 1000 (0: no limit)',
    purpose: 'Maximum number of pending orders of a customer. 0 means no limit.',
  }),
};

export interface PendingOrderConfig {
  /** Seconds after which an unconfirmed order is cancelled; 0 for never. */
  readonly ttl: number;
  /** Maximum number of a customer's pending orders; 0 for any number. */
  readonly max: number;
}

export interface OrderConfig {
  /** Whether a customer needs a verified e-mail address to order. */
  readonly requireVerifiedEmail: boolean;
  readonly pendingOrders: PendingOrderConfig;
}

export const orderConfig = (values: ValuesOf<typeof orderVariables>): OrderConfig => ({
  requireVerifiedEmail: values.REQUIRE_VERIFIED_EMAIL,
  pendingOrders: { ttl: values.PENDING_ORDER_TTL, max: values.PENDING_ORDERS_MAX },
});
