import { expect } from 'chai';
import { sequelizeCartRepository } from '#src/contexts/cart/adapters/sequelize/sequelize-cart-repository.js';
import { aCart, aCartLine } from '../support/builders/cart.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { errorOf } from '../platform/database/refusal.js';

onEverySqlDatabase('The table of cart lines', (name) => {
  let database: OpenDatabase;
  before(async () => {
    database = await openSqlDatabase(name);
  });
  after(() => database.close());

  it('The table of cart lines has room for one line of a product in a cart', async () => {
    const [line, again, other] = [aCartLine(), aCartLine(), aCart({ version: 0 })];
    const cart = aCart({ version: 0, lines: [line, { ...again, productId: line.productId }] });
    const add = (added: typeof cart) =>
      database.transact((scope) => sequelizeCartRepository(scope).add(added));
    expect(await errorOf(add(cart))).to.have.property('name', 'SequelizeUniqueConstraintError');
    expect(await sequelizeCartRepository(database.outside).find(cart.customerId)).to.equal(null);
    await add({ ...cart, lines: [line] });
    await add({ ...other, lines: [line] });
  });
});
