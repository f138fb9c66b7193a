import type { CustomerId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { Customer } from '../domain/customer.js';
import { getCustomer } from './get-customer.js';
import { holdCustomer } from './hold-customer.js';
import type { CustomerReader, CustomersPorts, PersonalList } from './ports.js';

export interface PersonalDataExport {
  readonly customer: Customer;
  /** What the other contexts hold, each under its own name. */
  readonly others: Readonly<Record<string, unknown>>;
  /** The lists among it, each read while it is asked for. */
  readonly lists: readonly {
    readonly name: string;
    readonly pages: AsyncIterable<readonly unknown[]>;
  }[];
  /** Fails with `customer_not_found` when the person was erased while the lists were read, which are not whole then. */
  readonly confirm: () => Promise<void>;
}

interface ExportDeps {
  /** Outside any transaction, like the lists: however slowly they are read, nobody waits for them. */
  readonly customers: CustomerReader;
  readonly personalLists: readonly PersonalList[];
}

/**
 * All data held on a person (GDPR, articles 15 and 20), read while the shop goes on: no snapshot. A command, because the
 * audit log is told: whoever has stolen a session takes everything with it in one call.
 */
export const exportPersonalData =
  ({ customers: readers, personalLists }: ExportDeps) =>
  (id: CustomerId): Work<CustomersPorts, PersonalDataExport> =>
  async ({ customers, personalData, audit }) => {
    await holdCustomer({ customers })(id); // whoever erases them waits, or came before
    const customer = await getCustomer({ customers })(id);
    const others: Record<string, unknown> = {};
    for (const source of personalData) Object.assign(others, await source.of(id));
    await audit.record({ action: 'user.exported', subject: id });
    return {
      customer,
      others,
      lists: personalLists.map((list) => ({ name: list.name, pages: list.pages(id) })),
      confirm: async () => {
        await getCustomer({ customers: readers })(id);
      },
    };
  };
