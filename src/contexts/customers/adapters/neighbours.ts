import type { AccountFollower, AccountsOffers } from '#src/contexts/accounts/public.js';
import { followAccount, openProfile } from '../application/profile.js';
import type { Accounts, CustomersPorts } from '../application/ports.js';

export const customerAccounts = (uses: { readonly accounts: AccountsOffers }): Accounts => ({
  find: (id) => uses.accounts.lockAccount(id),
  open: (account) => uses.accounts.openAccount(account),
  rename: (...given) => uses.accounts.renameAccount(...given),
});

/** The profile comes with the account, and shows its name and e-mail address. */
export const profileFollower = (
  ports: Pick<CustomersPorts, 'customers' | 'events' | 'now'>,
): AccountFollower => ({
  opened: ({ id, name, email }) => openProfile(ports)({ id, name, email }),
  changed: ({ id, name, email }) => followAccount(ports)(id, { name, email }),
});
