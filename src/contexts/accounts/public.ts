// All that other contexts may know of accounts.
import { findAccountByEmail, identifyAccounts } from './application/identify-accounts.js';
import { lockAccount } from './application/lock-account.js';
import { openAccount } from './application/open-account.js';
import type { AccountsPorts, AccountsReaders } from './application/ports.js';
import { renameAccount } from './application/rename-account.js';
import type { NewUser } from './domain/user.js';

export { fail as accountErrors } from './domain/errors.js';
export { requireRecentLogIn } from './application/require-recent-log-in.js';
export type { AccountEvent, UserEvent } from './domain/events.js';
export type { AccountIdentity } from './application/identify-accounts.js';
export type { AccountState } from './application/lock-account.js';
export type { AccountFollower } from './application/ports.js';

/** An account that has no password yet. */
export type AccountWithoutPassword = Pick<NewUser, 'id' | 'name' | 'email'>;

/** Steps that join the transaction of another context. */
export const accountsOffers = (ports: AccountsPorts) => ({
  openAccount: async (account: AccountWithoutPassword): Promise<void> => {
    await openAccount(ports)({ ...account, passwordHash: null });
  },
  renameAccount: renameAccount(ports),
  lockAccount: lockAccount(ports),
});
export type AccountsOffers = ReturnType<typeof accountsOffers>;

/** What queries of another context may read. */
export const accountsQueryOffers = (readers: Pick<AccountsReaders, 'users'>) => ({
  identifyAccounts: identifyAccounts(readers),
  findAccountByEmail: findAccountByEmail(readers),
});
export type AccountsQueryOffers = ReturnType<typeof accountsQueryOffers>;
