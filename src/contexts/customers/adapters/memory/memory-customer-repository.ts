import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { searchWords } from '#src/kernel/text.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import type { CustomerRepository } from '../../application/ports.js';
import { Customer } from '../../domain/customer.js';

/** A row is a customer with the whole address book. */
export const customerTable = memoryTable<Customer>({ name: 'customers', key: ({ id }) => id });

export const memoryCustomerRepository = (scope: MemoryScope): CustomerRepository => {
  const customers = scope.table(customerTable);
  return {
    find: (id) => customers.find(id),
    hold: (id) => customers.lock(id),

    list: async ({ text = '' }, page) => {
      const words = searchWords(text);
      const found = await customers.all((customer) => {
        const searched = Customer.searchText(customer);
        return words.every((word) => searched.includes(word));
      });
      const position = ({ createdAt, id }: Customer) => ({ key: createdAt.getTime(), id });
      const rows = pageOfRows(found, {
        sort: (customer) => position(customer).key,
        id: ({ id }) => id,
        direction: 'desc',
        page,
      });
      return pageOf(rows, page.limit, position);
    },

    add: (customer) => customers.insert(customer),

    update: async (customer) => {
      const touched = await customers.update(customer.id, ({ version }) =>
        version === customer.version ? { ...customer, version: version + 1 } : null,
      );
      if (touched === 0) throw failWrite('stale_write');
    },

    remove: async ({ id, version }) => {
      const touched = await customers.delete(id, (current) => current.version === version);
      if (touched === 0) throw failWrite('stale_write');
    },
  };
};
