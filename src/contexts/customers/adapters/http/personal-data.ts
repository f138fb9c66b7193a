import { exportedMember } from '#src/platform/personal-data.js';
import { exportProfile } from '../../application/personal-data.js';
import type { CustomersPorts } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import { customerBody, viewCustomer } from './customer-view.js';

/** The profile, as a member of the exported document. */
export const profileMember = exportedMember({
  name: 'customer',
  description: 'My profile and address book',
  body: customerBody,
  errors: fail.pick('customer_not_found'),
  export: (ports: Pick<CustomersPorts, 'customers'>) => async (person) =>
    viewCustomer(await exportProfile(ports)(person)),
});
