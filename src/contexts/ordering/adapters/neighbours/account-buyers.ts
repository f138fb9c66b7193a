import { holdVerifiedEmail, type AccountsPorts } from '../../../accounts/public.js';
import type { Buyers } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';

/** Who is being erased is told so by what comes next: they have no profile to order with. */
export const verifiedBuyers = (ports: Pick<AccountsPorts, 'users'>): Buyers => ({
  admit: async (customer) => {
    if ((await holdVerifiedEmail(ports)(customer)) === 'unverified') throw fail('email_not_verified');
  },
});
