// All that other contexts may know of the audit log.
import { auditLog, createSalt } from './application/audit-log.js';
import type { AuditPorts } from './application/ports.js';

/** What a transaction of another context may do with the audit log. */
export const auditOffers = (ports: AuditPorts) => ({
  log: auditLog(ports),
  createSalt: createSalt(ports),
});
export type AuditOffers = ReturnType<typeof auditOffers>;
