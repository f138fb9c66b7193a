import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { AddressSalts } from '../application/ports.js';

export const addressSalts = (uses: { readonly audit: AuditOffers }): AddressSalts => ({
  create: (actor) => uses.audit.createSalt(actor),
});
