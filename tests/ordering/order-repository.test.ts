import { expect } from 'chai';
import { sequelizeOrderRepository } from '#src/contexts/ordering/adapters/sequelize/sequelize-order-repository.js';
import { anOrder } from '../support/builders/ordering.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { rejectionOf } from '../support/contract-tools.js';
import { orderRepositoryContract } from './order-repository.contract.js';

forEachPersistence(orderRepositoryContract);

onEverySqlDatabase('A repository of orders', (name) => {
  it('A repository of orders does not take the amounts of another currency for those of the shop', async () => {
    const database = await openSqlDatabase(name, { connections: 1 });
    const order = anOrder();
    await database.transact((scope) => sequelizeOrderRepository(scope, USD).add(order));
    const inYen = sequelizeOrderRepository(database.outside, { code: 'JPY', digits: 0 });
    const message = await rejectionOf(inYen.find(order.id));
    await database.close();
    expect(message).to.equal(`order ${order.id} is in USD, but the shop is in JPY`);
  });
});
