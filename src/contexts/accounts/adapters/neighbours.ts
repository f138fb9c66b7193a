import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { AddressSalts } from '../application/ports.js';

export const addressSalts = ({ createSalt }: AuditOffers): AddressSalts => ({ create: createSalt });
