import { failWrite } from '#src/kernel/errors.js';
import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import {
  deleteRows,
  findJoinedRows,
  findRows,
  insertRows,
  lockJoinedRows,
  updateRows,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { Address, Customer } from '../../domain/customer.js';
import { customerReferences, customerTables, type AddressRow } from './customer-tables.js';

const rowsOf = ({ id: customerId, addresses }: Customer): readonly AddressRow[] =>
  addresses.map(({ isDefault, ...address }) => ({
    ...address,
    customerId,
    defaultFor: isDefault ? customerId : null,
  }));

const addressOf = ({ customerId: _customer, defaultFor, ...address }: AddressRow): Address => ({
  ...address,
  isDefault: defaultFor !== null,
});

/** Returns the address book of one customer. */
export const bookIn = (rows: readonly AddressRow[]): readonly Address[] =>
  rows.map(addressOf).toSorted((a, b) => a.position - b.position);

const isSame = (a: AddressRow, b: AddressRow): boolean =>
  (Object.keys(a) as (keyof AddressRow)[]).every((column) => a[column] === b[column]);

/** Reads and writes address books. A writer must hold the lock on its customer's row. */
export const addressRows = (scope: SqlScope) => {
  const { customers, addresses } = customerTables(scope.sequelize);
  const { toAddresses } = customerReferences(scope.sequelize);

  const read = (customerIds: readonly CustomerId[]): Promise<readonly AddressRow[]> =>
    findRows(addresses, { where: { customerId: customerIds }, order: [['position', 'ASC']] }, scope);

  const overwrite = async ({ id, ...changes }: AddressRow): Promise<void> => {
    if ((await updateRows(addresses, changes, { id }, scope)) === 0) throw failWrite('stale_write');
  };

  const erase = async (ids: readonly AddressId[]): Promise<void> => {
    if ((await deleteRows(addresses, { id: ids }, scope)) < ids.length) throw failWrite('stale_write');
  };

  return {
    /** Returns the row of a customer once for each address; one statement, so that customer and addresses belong together. */
    withBooks: (id: CustomerId, { lock }: { readonly lock: boolean }) =>
      lock
        ? lockJoinedRows(customers, [toAddresses], { id }, scope)
        : findJoinedRows(customers, [toAddresses], { where: { id } }, scope),

    /** Returns the addresses of several customers by one query. */
    booksOf: async (
      customerIds: readonly CustomerId[],
    ): Promise<ReadonlyMap<CustomerId, readonly Address[]>> => {
      const books = new Map<CustomerId, Address[]>(customerIds.map((id) => [id, []]));
      if (customerIds.length === 0) return books;
      for (const row of await read(customerIds)) books.get(row.customerId)?.push(addressOf(row));
      return books;
    },

    insert: (customer: Customer): Promise<void> => insertRows(addresses, rowsOf(customer), scope),

    /** Writes the differences from `before`, which is what is stored. */
    replace: async (customer: Customer, before: Customer): Promise<void> => {
      const stored = new Map(rowsOf(before).map((row) => [row.id, row]));
      const wanted = rowsOf(customer);
      const kept = new Set(wanted.map(({ id }) => id));
      const gone = [...stored.keys()].filter((id) => !kept.has(id));
      const changed = wanted.filter((row) => {
        const old = stored.get(row.id);
        return old !== undefined && !isSame(old, row);
      });
      if (gone.length > 0) await erase(gone);
      // The old default is cleared before the new one is set: there must never be two, not even between two statements.
      for (const row of changed.filter(({ defaultFor }) => defaultFor === null)) await overwrite(row);
      for (const row of changed.filter(({ defaultFor }) => defaultFor !== null)) await overwrite(row);
      await insertRows(
        addresses,
        wanted.filter(({ id }) => !stored.has(id)),
        scope,
      );
    },
  };
};
