// All that other contexts may know of the audit log: steps that join the caller's transaction, and their types.
export { keepSalt } from './application/keep-salt.js';
export { dropSalt } from './application/drop-salt.js';
export { entryPages } from './application/entry-pages.js';
export type { AuditPorts, EntryReader } from './application/ports.js';
export type { Entry } from './domain/entry.js';
