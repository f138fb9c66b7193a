// All that other contexts may know of accounts.
import { lockAccount } from './application/lock-account.js';
import { openAccount } from './application/open-account.js';
import type { AccountsPorts } from './application/ports.js';
import { renameAccount } from './application/rename-account.js';

export { fail as accountErrors } from './domain/errors.js';
export { requireRecentLogIn } from './application/require-recent-log-in.js';
export type { AccountEvent, UserEvent } from './domain/events.js';
export type { AccountFollower } from './application/ports.js';

/** Steps that join the transaction of another context. */
export const accountsOffers = (ports: AccountsPorts) => ({
  openAccount: openAccount(ports),
  renameAccount: renameAccount(ports),
  lockAccount: lockAccount(ports),
});
export type AccountsOffers = ReturnType<typeof accountsOffers>;
