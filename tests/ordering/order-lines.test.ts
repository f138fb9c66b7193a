import { expect } from 'chai';
import { sequelizeOrderRepository } from '#src/contexts/ordering/adapters/sequelize/sequelize-order-repository.js';
import { anOrder, anOrderLine } from '../support/builders/ordering.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { USD } from '../support/persistences.js';
import { errorOf } from '../platform/database/refusal.js';

onEverySqlDatabase('The table of order lines', (name) => {
  let database: OpenDatabase;
  before(async () => {
    database = await openSqlDatabase(name);
  });
  after(() => database.close());

  it('The table of order lines has room for one line of a product in an order', async () => {
    const line = anOrderLine();
    const order = anOrder({ lines: [line, { ...anOrderLine(), productId: line.productId }] });
    const add = (added: typeof order) =>
      database.transact((scope) => sequelizeOrderRepository(scope, USD).add(added));
    expect(await errorOf(add(order))).to.have.property('name', 'SequelizeUniqueConstraintError');
    expect(await sequelizeOrderRepository(database.outside, USD).find(order.id)).to.equal(null);
    await add({ ...order, lines: [line] });
    await add(anOrder({ lines: [line] }));
  });
});
