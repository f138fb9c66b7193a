import { accountErrors } from '#src/contexts/accounts/public.js';
import { orderingErrors } from '#src/contexts/ordering/public.js';
import { fail } from '../../domain/errors.js';

/** Of what works on profile and account: whoever is erased at that moment may be missed as the one or as the other. */
export const notFound = [...fail.pick('customer_not_found'), ...accountErrors.pick('user_not_found')];

export const recentLogInErrors = accountErrors.pick('recent_login_required');

export const erasureErrors = [
  ...recentLogInErrors,
  ...notFound,
  ...accountErrors.pick('last_admin'),
  ...orderingErrors.pick('open_orders'),
];
