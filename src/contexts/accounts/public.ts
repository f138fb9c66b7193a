// All that other contexts may know of accounts: steps that join the caller's transaction, a check of the caller, and types.
export { fail as accountErrors } from './domain/errors.js';
export { openAccount } from './application/open-account.js';
export { renameAccount } from './application/rename-account.js';
export { closeAccount } from './application/close-account.js';
export { exportAccount, type AccountExport } from './application/export-account.js';
export { lockAccount, type AccountState } from './application/lock-account.js';
export { requireRecentLogIn } from './application/require-recent-log-in.js';
export type { AccountsPorts } from './application/ports.js';
export type { AccountEvent, UserEvent } from './domain/events.js';
export type { User } from './domain/user.js';
