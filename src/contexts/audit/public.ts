// All that other contexts may know of the audit log.
import { auditLogElsewhere, type ElsewherePorts } from './application/audit-log-elsewhere.js';
import { auditLog, createSalt } from './application/audit-log.js';
import type { AuditPorts } from './application/ports.js';

/** What a transaction of another context may do with the audit log. */
export const auditOffers = (ports: AuditPorts) => ({
  log: auditLog(ports),
  createSalt: createSalt(ports),
});
export type AuditOffers = ReturnType<typeof auditOffers>;

/** The same in a process that does not hold the audit log. Salts are stored next to it, and accounts with them. */
export const auditOffersElsewhere = (ports: ElsewherePorts): AuditOffers => ({
  log: auditLogElsewhere(ports),
  createSalt: () => Promise.reject(new Error('a process without the audit log creates no salts')),
});

export type { AuditEntryEvent } from './domain/events.js';
