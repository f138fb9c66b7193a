import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { joinWords, searchTerms } from '#src/kernel/words.js';
import { readFiltered } from '#src/platform/database/filtered-lists.js';
import { havingWords, positionBy, readPage } from '#src/platform/database/lists.js';
import { deleteVersion, findRow, insertRow, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { columnsOf } from '#src/platform/database/tables.js';
import { wordIndex } from '#src/platform/database/word-index.js';
import type { CustomerRepository } from '../../application/ports.js';
import { Customer } from '../../domain/customer.js';
import { addressRows, bookIn } from './address-rows.js';
import { customerTables, type CustomerRow } from './customer-tables.js';

const rowOf = ({ addresses: _addresses, ...customer }: Customer): CustomerRow => ({
  ...customer,
  searchKey: joinWords(Customer.words(customer)),
});

export const sequelizeCustomerRepository = (scope: SqlScope): CustomerRepository => {
  const { customers, words } = customerTables(scope.sequelize);
  const index = wordIndex(words, 'customerId', scope);
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
      const terms = searchTerms(text);
      const query = { equal: {}, sort: { column: 'createdAt', direction: 'desc' }, page } as const;
      const { items, next } =
        terms.length === 0
          ? pageOf(await readPage(customers, query, scope), page.limit, positionBy<CustomerRow>('createdAt'))
          : await readFiltered(
              customers,
              columnsOf(customers),
              { ...query, where: havingWords('searchKey', terms, scope), leads: index.leadsOf(terms) },
              scope,
            );
      return { items: await withAddresses(items), next };
    },

    add: async (customer) => {
      await insertRow(customers, rowOf(customer), scope, { customers_pkey: () => failWrite('stale_write') });
      await index.add(customer.id, Customer.words(customer));
      await addresses.insert(customer);
    },

    update: async (customer, before) => {
      const { id, version, createdAt: _createdAt, ...changes } = rowOf(customer);
      await updateVersion(customers, { id, version }, changes, scope);
      await index.change(id, Customer.words(before), Customer.words(customer));
      await addresses.replace(customer, before);
    },

    // The foreign keys remove the words and the address book.
    remove: ({ id, version }) => deleteVersion(customers, { id, version }, scope),
  };
};
