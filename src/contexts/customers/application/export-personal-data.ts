import type { CustomerId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { getCustomer } from './get-customer.js';
import { holdCustomer } from './hold-customer.js';
import type { CustomersPorts } from './ports.js';
import type { Customer } from '../domain/customer.js';

export interface PersonalDataExport {
  readonly customer: Customer;
  /** What the other contexts hold, each under its own name. */
  readonly others: Readonly<Record<string, unknown>>;
}

/**
 * All data held on a person (GDPR, articles 15 and 20), read while the shop goes on: no snapshot. A command, because the
 * audit log is told: whoever has stolen a session takes everything with it in one call.
 */
export const exportPersonalData =
  ({ transact }: { transact: Transact<CustomersPorts> }) =>
  (id: CustomerId): Promise<PersonalDataExport> =>
    transact(async ({ customers, personalData, audit }) => {
      await holdCustomer({ customers })(id); // whoever erases them waits, or came before
      const customer = await getCustomer({ customers })(id);
      const others: Record<string, unknown> = {};
      for (const source of personalData) Object.assign(others, await source.of(id));
      await audit.record({ action: 'user.exported', subject: id });
      return { customer, others };
    });
