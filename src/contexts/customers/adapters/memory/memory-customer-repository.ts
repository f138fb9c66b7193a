import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { haveWords, joinWords, searchTerms } from '#src/kernel/words.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import { deleteVersion, updateVersion } from '#src/platform/memory/versions.js';
import type { CustomerRepository } from '../../application/ports.js';
import { Customer } from '../../domain/customer.js';

/** A row is a customer with the whole address book. */
export const customerTable = memoryTable<Customer>({ name: 'customers', key: ({ id }) => id });

export const memoryCustomerRepository = (scope: MemoryScope): CustomerRepository => {
  const customers = scope.table(customerTable);
  return {
    find: (id) => customers.find(id),
    lock: (id) => customers.lock(id),
    lockOnly: async (id) => (await customers.lock(id)) !== null,

    list: async ({ text = '' }, page) => {
      const terms = searchTerms(text);
      const found = await customers.all((customer) => haveWords(joinWords(Customer.words(customer)), terms));
      const position = ({ createdAt, id }: Customer) => ({ key: createdAt.getTime(), id });
      const rows = pageOfRows(found, {
        sort: (customer) => position(customer).key,
        id: ({ id }) => id,
        direction: 'desc',
        page,
      });
      return pageOf(rows, page.limit, position);
    },

    add: (customer) => customers.insert(customer, { customers_pkey: () => failWrite('stale_write') }),

    update: (customer) => updateVersion(customers, customer.id, customer.version, customer),

    remove: ({ id, version }) => deleteVersion(customers, id, version),
  };
};
