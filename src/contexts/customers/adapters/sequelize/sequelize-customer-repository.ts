import { pageOf } from '#src/kernel/page.js';
import { searchWords } from '#src/kernel/text.js';
import { containsText, readPage } from '#src/platform/database/lists.js';
import { deleteVersion, findRow, insertRow, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { isSearch } from '../../application/queries.js';
import type { CustomerRepository } from '../../application/ports.js';
import { Customer } from '../../domain/customer.js';
import { addressRows, bookIn } from './address-rows.js';
import { customerTables, type CustomerRow } from './customer-tables.js';

const rowOf = ({ addresses: _addresses, ...customer }: Customer): CustomerRow => ({
  ...customer,
  searchKey: Customer.searchText(customer),
});

export const sequelizeCustomerRepository = (scope: SqlScope): CustomerRepository => {
  const { customers } = customerTables(scope.sequelize);
  const addresses = addressRows(scope);

  /**
   * Reads address books after their customers. If a change comes between the two, the older version is combined with the newer
   * addresses, and a write of that version is refused; in the opposite order it would undo the change.
   */
  const withAddresses = async (rows: readonly CustomerRow[]): Promise<readonly Customer[]> => {
    const books = await addresses.booksOf(rows.map(({ id }) => id));
    return rows.map(({ searchKey: _key, ...row }) => ({ ...row, addresses: books.get(row.id) ?? [] }));
  };

  /** Returns the one customer of joined rows. */
  const customerIn = (rows: Awaited<ReturnType<typeof addresses.withBooks>>): Customer | null => {
    const [first] = rows;
    if (first === undefined) return null;
    const { searchKey: _key, ...row } = first[0];
    return { ...row, addresses: bookIn(rows.flatMap(([, address]) => address ?? [])) };
  };

  return {
    find: async (id) => customerIn(await addresses.withBooks(id, { lock: false })),
    lock: async (id) => customerIn(await addresses.withBooks(id, { lock: true })),
    lockOnly: async (id) => (await findRow(customers, { id }, scope, { lock: true })) !== null,

    list: async ({ text = '' }, page) => {
      const where = containsText('searchKey', searchWords(text), scope);
      const sort = { column: 'createdAt', direction: 'desc' } as const;
      // The database finds the quickest plan for a search.
      const query = isSearch({ text }) ? { where, isSearch: true } : { equal: {} };
      const rows = await readPage(customers, { ...query, sort, page }, scope);
      const { items, next } = pageOf(rows, page.limit, ({ createdAt, id }) => ({
        key: createdAt.getTime(),
        id,
      }));
      return { items: await withAddresses(items), next };
    },

    add: async (customer) => {
      await insertRow(customers, rowOf(customer), scope);
      await addresses.insert(customer);
    },

    update: async (customer, before) => {
      const { id, version, createdAt: _createdAt, ...changes } = rowOf(customer);
      await updateVersion(customers, { id, version }, changes, scope);
      await addresses.replace(customer, before);
    },

    // The foreign key removes the address book.
    remove: ({ id, version }) => deleteVersion(customers, { id, version }, scope),
  };
};
