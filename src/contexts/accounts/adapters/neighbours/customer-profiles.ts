import { followAccount, openProfile, type CustomersPorts } from '#src/contexts/customers/public.js';
import type { Profiles } from '../../application/ports.js';

/** The profiles are the customers', in the same transaction. */
export const customerProfiles = (ports: Pick<CustomersPorts, 'customers' | 'events' | 'now'>): Profiles => ({
  open: ({ id, name, email }) => openProfile(ports)({ id, name, email }),
  follow: ({ id, name, email }) => followAccount(ports)(id, { name, email }),
});
