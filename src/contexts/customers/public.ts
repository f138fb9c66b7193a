// All that other contexts may know of the customers: steps that join the caller's transaction, and their types.
export { fail as customerErrors } from './domain/errors.js';
export { openProfile } from './application/open-profile.js';
export { followAccount } from './application/follow-account.js';
export { holdCustomer } from './application/hold-customer.js';
export { chooseAddress } from './application/choose-address.js';
export type { CustomerEvent, ErasureEvent } from './domain/events.js';
export type { CustomersPorts } from './application/ports.js';
