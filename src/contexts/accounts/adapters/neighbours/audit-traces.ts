import { dropSalt, keepSalt, type AuditPorts } from '#src/contexts/audit/public.js';
import type { Traces } from '../../application/ports.js';

export const auditTraces = (ports: Pick<AuditPorts, 'salts' | 'addresses'>): Traces => ({
  begin: (user) => keepSalt(ports)(user),
  blur: (user) => dropSalt(ports)(user),
});
