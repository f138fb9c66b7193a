import { expect } from 'chai';
import { createRequire } from 'node:module';
import { QueryTypes, Sequelize, type QueryInterface } from 'sequelize';
import { completeOrders } from '#src/contexts/ordering/application/complete-orders.js';
import type { Order } from '#src/contexts/ordering/domain/order.js';
import type { OrderId } from '#src/kernel/ids.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { describeSchema } from '../platform/database/schema.js';
import { sequelizeOrderRepository } from '#src/contexts/ordering/adapters/sequelize/sequelize-order-repository.js';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, anOrderLine } from '../support/builders/ordering.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { rejectionOf } from '../support/contract-tools.js';
import { orderRepositoryContract } from './order-repository.contract.js';

forEachPersistence(orderRepositoryContract);

interface Migration {
  up(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
  down(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
}
const migration = createRequire(import.meta.url)(
  '../../migrations/20261201000400-order-numbers.cjs',
) as Migration;

onEverySqlDatabase('An order of an earlier version', (name) => {
  let database: OpenDatabase;
  beforeEach(async () => (database = await openSqlDatabase(name, { connections: 1 })));
  afterEach(() => database.close());

  const repository = (scope: SqlScope) => sequelizeOrderRepository(scope, USD);
  const quote = (column: string) => database.sequelize.getQueryInterface().quoteIdentifier(column);
  const stored = (column: string, table: string) =>
    database.sequelize
      .query<Record<string, unknown>>(`SELECT ${quote(column)} FROM ${quote(table)}`, {
        type: QueryTypes.SELECT,
      })
      .then((rows) => rows.map((row) => row[column]));
  const add = (orders: readonly Order[]): Promise<void> =>
    database.transact(async (scope) => {
      for (const order of orders) await repository(scope).add(order);
    });
  const up = () => migration.up(database.sequelize.getQueryInterface(), Sequelize);
  const down = () => migration.down(database.sequelize.getQueryInterface(), Sequelize);
  /** Whose ids have the same last digits. */
  const twins = (): readonly [Order, Order] => {
    const tail = newId().slice(-12);
    return [`0190a1b2-c3d4-7e5f-8123-${tail}`, `0190a1b2-c3d4-7e5f-8456-${tail}`].map((id, n) =>
      anOrder({
        id: id as OrderId,
        number: OrderNumber.of(id as OrderId, n),
        lines: [anOrderLine({ sku: `Pot-${n}` }), anOrderLine()],
      }),
    ) as [Order, Order];
  };

  it('An order of an earlier version gets its number by the migration, in batches and whatever is taken', async () => {
    const others = Array.from({ length: 520 }, () => anOrder());
    const orders = [...others, ...twins()];
    await add(orders);
    const schema = await describeSchema(database.sequelize);
    await down();
    await up();
    expect(await describeSchema(database.sequelize)).to.deep.equal(schema);
    expect(new Set(await stored('number', 'orders')).size).to.equal(orders.length);
    for (const { id, number } of others.slice(0, 20)) {
      expect((await repository(database.outside).find(id))?.number).to.equal(number);
    }
    const [first, second] = orders.slice(-2) as [Order, Order];
    for (const { id } of [first, second]) {
      const number = (await repository(database.outside).find(id))?.number;
      expect(number).to.be.oneOf([OrderNumber.of(id), OrderNumber.of(id, 1)]);
    }
    const found = await repository(database.outside).list({ sku: 'pot-1' }, { limit: 5, after: null });
    expect(found.items.map(({ id }) => id)).to.deep.equal([second.id]);
  });

  it('An order of an earlier version that is placed during an upgrade has a number at once, and is found by it a little later', async () => {
    const order = anOrder({ lines: [anOrderLine({ sku: 'Tin' }), anOrderLine()] });
    await add([order, anOrder()]);
    await database.sequelize.query(`UPDATE ${quote('orders')} SET ${quote('number')} = NULL`);
    await database.sequelize.query(`UPDATE ${quote('order_lines')} SET ${quote('skuKey')} = NULL`);
    const { outside } = database;
    expect(await repository(outside).find(order.id)).to.deep.equal(order);
    const complete = (attempt: number) =>
      database.transact((scope) => repository(scope).complete(1, attempt));
    expect([await complete(0), await complete(0), await complete(0)]).to.deep.equal([1, 1, 0]);
    for (const filter of [{ number: order.number }, { sku: 'tin' }])
      expect((await repository(outside).list(filter, { limit: 5, after: null })).items).to.deep.equal([
        order,
      ]);
  });

  it('An order of an earlier version gets another number if its first one is taken', async () => {
    const [first, second] = twins();
    await add([first, second]);
    const set = `UPDATE ${quote('orders')} SET ${quote('number')} = NULL WHERE ${quote('id')} = '${second.id}'`;
    await database.sequelize.query(set);
    await completeOrders({
      transact: (work) => database.transact((scope) => work({ orders: repository(scope) })),
    })(10);
    expect((await repository(database.outside).find(second.id))?.number).to.equal(second.number);
  });
});

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
