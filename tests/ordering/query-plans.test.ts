import { expect } from 'chai';
import { QueryTypes, type Sequelize } from 'sequelize';
import { sequelizeOrderRepository } from '#src/contexts/ordering/adapters/sequelize/sequelize-order-repository.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import type { CustomerId } from '#src/kernel/ids.js';
import { insertRows } from '#src/platform/database/rows.js';
import { newId } from '../support/builders/ids.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { USD } from '../support/persistences.js';

const EXPLAIN: Readonly<Record<string, string>> = { sqlite: 'EXPLAIN QUERY PLAN' };
const ANALYSE: Readonly<Record<string, string>> = { mysql: 'ANALYZE TABLE orders' };

const ORDERS = 6_000;
const BATCH = 1_000;
/** Of which the pending ones are few, as they are in a shop. */
const isPending = (n: number): boolean => n % 100 === 0;

/** Returns the indexes of a statement's plan, and whether it reads the whole table nevertheless. */
const planOf = async (sequelize: Sequelize, sql: string): Promise<string> => {
  const explain = EXPLAIN[sequelize.getDialect()] ?? 'EXPLAIN';
  const lines = await sequelize.query(`${explain} ${sql}`, { type: QueryTypes.SELECT, logging: false });
  return lines.map((line) => JSON.stringify(line)).join('\n');
};

onEverySqlDatabase('Many orders', (name) => {
  let database: OpenDatabase;
  const customer = newId<CustomerId>();
  before(async () => {
    database = await openSqlDatabase(name, { connections: 1 });
    const { orders } = orderTables(database.sequelize);
    for (let first = 0; first < ORDERS; first += BATCH) {
      const rows = Array.from({ length: BATCH }, (_, index) => {
        const n = first + index;
        const createdAt = new Date(Date.UTC(2026, 0, 1) + n * 60_000);
        return {
          id: newId<never>(),
          number: null,
          customerId: n % 2 === 0 ? customer : newId<CustomerId>(),
          status: isPending(n) ? ('pending' as const) : ('delivered' as const),
          currency: 'USD',
          totalMinor: 100,
          shippingAddress: null,
          version: 1,
          createdAt,
          updatedAt: createdAt,
        };
      });
      await database.transact((scope) => insertRows(orders, rows, scope));
    }
    await database.sequelize.query(ANALYSE[database.sequelize.getDialect()] ?? 'ANALYZE orders');
  });
  after(() => database.close());

  /** The plan of the one statement that `read` runs. */
  const planned = async (read: () => Promise<unknown>): Promise<string> => {
    const { sequelize } = database;
    const statements: string[] = [];
    sequelize.options.logging = (sql) => {
      statements.push(sql.replace(/^Executing \([^)]*\): /, ''));
    };
    await read();
    sequelize.options.logging = false;
    expect(statements).to.have.length(1);
    return planOf(sequelize, statements[0] ?? '');
  };
  const orders = () => sequelizeOrderRepository(database.outside, USD);

  it('Many orders are not searched one by one for those that are overdue', async () => {
    const before = new Date(Date.UTC(2026, 0, 3));
    const page = { limit: 50, after: null };
    const plan = await planned(() => orders().listOverdue(before, page));
    expect(plan).to.include('orders_status_createdAt_id_idx');
    const [last] = (await orders().listOverdue(before, { ...page, limit: 20 })).items.slice(-1);
    const position = { key: Date.UTC(2026, 0, 2), id: last ?? '' };
    expect(await planned(() => orders().listOverdue(before, { limit: 50, after: position }))).to.include(
      'orders_status_createdAt_id_idx',
    );
  });

  it('Many orders are not searched one by one for the open ones of a customer', async () => {
    const plan = await planned(() => orders().hasOpen(customer));
    // PostgreSQL may rather look among the few open orders of all customers.
    expect(plan).to.match(/orders_(?:customerId_)?status_createdAt_id_idx/);
  });

  it('Many orders are not searched one by one for the pending ones of a customer', async () => {
    const plan = await planned(() => orders().countPending(customer, 10));
    expect(plan).to.include('orders_customerId_status_createdAt_id_idx');
  });
});
