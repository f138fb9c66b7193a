import { lockAccount, type AccountsPorts } from '#src/contexts/accounts/public.js';
import type { Buyers } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';

/** The accounts of customers, in the order's own transaction. */
export const accountBuyers = (
  ports: Pick<AccountsPorts, 'users'>,
  { requireVerifiedEmail }: { readonly requireVerifiedEmail: boolean },
): Buyers => ({
  admit: async (customer) => {
    const account = await lockAccount(ports)(customer);
    if (account === null) return; // erased: they have no profile to order with, which is told by what comes next
    if (account.disabled) throw fail('account_disabled');
    if (requireVerifiedEmail && !account.emailVerified) throw fail('email_not_verified');
  },
  isEnabled: async (customer) => {
    const account = await lockAccount(ports)(customer);
    return account !== null && !account.disabled;
  },
});
