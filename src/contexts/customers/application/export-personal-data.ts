import type { CustomerId } from '../../../kernel/ids.js';
import { getCustomer } from './get-customer.js';
import type { CustomerRepository, PersonalData } from './ports.js';
import type { Customer } from '../domain/customer.js';

export interface PersonalDataExport {
  readonly customer: Customer;
  /** What the other contexts hold, each under its own name. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** All data held on a person (GDPR, articles 15 and 20), read while the shop goes on: no snapshot. */
export const exportPersonalData =
  ({ customers, sources }: { customers: CustomerRepository; sources: readonly PersonalData[] }) =>
  async (id: CustomerId): Promise<PersonalDataExport> => {
    const customer = await getCustomer({ customers })(id);
    const others = await Promise.all(sources.map((source) => source.of(id)));
    return { customer, others: Object.assign({}, ...others) as Readonly<Record<string, unknown>> };
  };
