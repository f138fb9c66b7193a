import { expect } from 'chai';
import {
  customerTables,
  type AddressRow,
} from '#src/contexts/customers/adapters/sequelize/customer-tables.js';
import { sequelizeCustomerRepository } from '#src/contexts/customers/adapters/sequelize/sequelize-customer-repository.js';
import type { Customer } from '#src/contexts/customers/domain/customer.js';
import { fail } from '#src/contexts/customers/domain/errors.js';
import { insertRow } from '#src/platform/database/rows.js';
import { aCustomer, anAddress } from '../support/builders/customers.js';
import { next, refusalOf, rejectionOf } from '../support/contract-tools.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';

onEverySqlDatabase('The table of addresses', (name) => {
  let database: OpenDatabase;
  before(async () => {
    database = await openSqlDatabase(name);
  });
  after(() => database.close());

  const add = (customer: Customer): Promise<void> =>
    database.transact((scope) => sequelizeCustomerRepository(scope).add(customer));
  const insert = (customer: Customer, defaultFor: AddressRow['defaultFor']): Promise<void> => {
    const { isDefault: _isDefault, ...content } = anAddress();
    const row = { ...content, customerId: customer.id, position: 9, defaultFor };
    const refusals = { addresses_defaultFor_unique: () => fail('address_book_full') };
    const { addresses } = customerTables(database.sequelize);
    return database.transact((scope) => insertRow(addresses, row, scope, refusals));
  };

  it('The table of addresses has room for one default address of each customer', async () => {
    const [ada, grace] = [aCustomer({ addresses: [anAddress({ isDefault: true })] }), aCustomer()];
    await add(ada);
    await add(grace);
    await insert(grace, grace.id);
    await insert(ada, null);
    expect(await refusalOf(insert(ada, ada.id))).to.equal('address_book_full');
  });

  it('The table of addresses has no address that is another customer’s default', async () => {
    const [ada, grace] = [aCustomer(), aCustomer()];
    await add(ada);
    await add(grace);
    expect(await rejectionOf(insert(ada, grace.id))).to.include('addresses_defaultFor_check');
  });

  it('The table of addresses is written where an address book has changed, and nowhere else', async () => {
    const [home, work, cabin] = [anAddress({ isDefault: true }), anAddress(), anAddress()];
    const customer = aCustomer({ addresses: [home, work, cabin] });
    await add(customer);
    const statements: string[] = [];
    database.sequelize.options.logging = (sql) => statements.push(sql);
    const writes = async (changes: Partial<Customer>): Promise<readonly string[]> => {
      statements.length = 0;
      const { outside, transact } = database;
      const current = await sequelizeCustomerRepository(outside).find(customer.id);
      const before = current ?? customer;
      await transact((scope) =>
        sequelizeCustomerRepository(scope).update(next({ ...before, ...changes }), before),
      );
      return statements
        .map((sql) => /(INSERT|UPDATE|DELETE)\b.*?\baddresses\b/.exec(sql)?.[1])
        .filter((verb) => verb !== undefined);
    };
    expect(await writes({ phone: '1' })).to.deep.equal([]);
    expect(await writes({ addresses: [home, { ...work, city: 'Cork' }, cabin] })).to.deep.equal(['UPDATE']);
    expect(await writes({ addresses: [home, cabin] })).to.deep.equal(['DELETE']);
    expect(
      await writes({ addresses: [home, cabin, { ...work, position: cabin.position + 1 }] }),
    ).to.deep.equal(['INSERT']);
  });
});
