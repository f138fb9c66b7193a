import { expect } from 'chai';
import { orderTable } from '#src/contexts/ordering/adapters/memory/memory-order-repository.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { updateRows } from '#src/platform/database/rows.js';
import { memoryStore } from '#src/platform/memory/store.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';
import { anOrder } from '../support/builders/ordering.js';
import { USD } from '../support/persistences.js';
import { anomaliesIn, invariants, shopInvariants, type InvariantName } from './invariants.js';
import { memoryShop, shopOn, type Shop } from './memory-shop.js';
import { readShop, type ShopSnapshot } from './snapshot.js';

/** Two products, an order on its way, a cancelled one, and something in a cart; adjusted and recounted. */
const aBusyDay = async (shop: Shop): Promise<void> => {
  const [ada, bob] = [await shop.customer('ada'), await shop.customer('bob')];
  const [teapot, mug] = [await shop.product('teapot', 1250, 10), await shop.product('mug', 400, 10)];
  await shop.add(ada, mug, 2);
  await shop.add(ada, teapot);
  await shop.advance((await shop.place(ada)).id, 'confirmed');
  await shop.add(bob, mug, 3);
  await shop.cancel(bob, (await shop.place(bob)).id);
  await shop.adjust(mug, -1);
  await shop.recount(teapot, 20);
  await shop.add(bob, teapot);
  await shop.add(bob, mug);
  await shop.withdraw(mug);
};

/** A snapshot whose rows have an order: that of their text. */
const sorted = (shop: ShopSnapshot): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries<readonly object[]>({ ...shop }).map(([table, rows]) => [
      table,
      rows.map((row) => JSON.stringify(row)).sort(),
    ]),
  );

/** The rows with other values in the first that meets `where`. */
const changed = <Row extends object>(
  rows: readonly Row[],
  where: (row: Row) => boolean,
  change: (row: Row) => Partial<Row>,
): readonly Row[] => {
  const index = rows.findIndex(where);
  return rows.map((row, at) => (at === index ? { ...row, ...change(row) } : row));
};

/** The rows without the first that meets `where`. */
const without = <Row>(rows: readonly Row[], where: (row: Row) => boolean): readonly Row[] => {
  const index = rows.findIndex(where);
  return rows.filter((_row, at) => at !== index);
};

const any = (): boolean => true;

/** One row made wrong, by the invariant that has to say so. */
const corruptions: Readonly<Record<InvariantName, readonly ((shop: ShopSnapshot) => ShopSnapshot)[]>> = {
  'no stock is below zero': [
    (shop) => ({ ...shop, stock: changed(shop.stock, any, () => ({ quantity: -1 })) }),
  ],
  'the ledger adds up to the stock': [
    (shop) => ({
      ...shop,
      stock: changed(shop.stock, any, ({ quantity }) => ({ quantity: quantity + 1 })),
    }),
    (shop) => ({ ...shop, ledger: without(shop.ledger, ({ reason }) => reason === 'adjustment') }),
  ],
  'the ledger numbers every movement and knows what it left': [
    (shop) => ({
      ...shop,
      ledger: changed(shop.ledger, any, ({ balance }) => ({ balance: balance + 1 })),
    }),
    (shop) => ({
      ...shop,
      ledger: changed(shop.ledger, any, ({ sequence }) => ({ sequence: sequence + 1 })),
    }),
    (shop) => ({ ...shop, stock: changed(shop.stock, any, ({ version }) => ({ version: version + 1 })) }),
  ],
  "an order's total is the sum of its lines": [
    (shop) => ({ ...shop, orders: changed(shop.orders, any, ({ total }) => ({ total: total + 1 })) }),
    (shop) => ({ ...shop, orderLines: without(shop.orderLines, any) }),
  ],
  'an order has lines, each of one unit or more': [
    (shop) => ({ ...shop, orderLines: changed(shop.orderLines, any, () => ({ quantity: 0 })) }),
    (shop) => ({ ...shop, orderLines: [] }),
  ],
  'each unit sold belongs to one order': [
    (shop) => ({
      ...shop,
      orderLines: changed(shop.orderLines, any, ({ quantity }) => ({ quantity: quantity + 1 })),
    }),
    (shop) => ({ ...shop, orderLines: [...shop.orderLines, ...shop.orderLines.slice(0, 1)] }),
    (shop) => ({ ...shop, ledger: without(shop.ledger, ({ reason }) => reason === 'order') }),
  ],
  'the stock of cancelled orders, and of no others, came back once': [
    (shop) => ({
      ...shop,
      ledger: [...shop.ledger, ...shop.ledger.filter(({ reason }) => reason === 'cancellation')],
    }),
    (shop) => ({ ...shop, ledger: without(shop.ledger, ({ reason }) => reason === 'cancellation') }),
    (shop) => ({
      ...shop,
      orders: changed(
        shop.orders,
        ({ status }) => status === 'cancelled',
        () => ({ status: 'shipped' }),
      ),
    }),
  ],
  'an order was written as often as its status tells': [
    (shop) => ({ ...shop, orders: changed(shop.orders, any, ({ version }) => ({ version: version + 1 })) }),
  ],
  'a customer has one cart, and one line of a product in it': [
    (shop) => ({ ...shop, carts: [...shop.carts, ...shop.carts.slice(0, 1)] }),
    (shop) => ({ ...shop, cartLines: [...shop.cartLines, ...shop.cartLines.slice(0, 1)] }),
    (shop) => ({ ...shop, cartLines: changed(shop.cartLines, any, () => ({ quantity: 1000 })) }),
  ],
  'no row is left of something that is gone': [
    (shop) => ({ ...shop, products: without(shop.products, any) }),
    (shop) => ({ ...shop, stock: without(shop.stock, any) }),
    (shop) => ({ ...shop, orders: without(shop.orders, any) }),
    (shop) => ({
      ...shop,
      carts: without(shop.carts, ({ customerId }) =>
        shop.cartLines.some((line) => line.customerId === customerId),
      ),
    }),
  ],
};

describe('The invariants of a shop', () => {
  for (const name of Object.keys(invariants) as InvariantName[]) {
    it(`say so when one row breaks that ${name}`, async () => {
      const shop = memoryShop(1);
      await aBusyDay(shop);
      const sound = await readShop(shop.scope);
      expect(anomaliesIn(sound)).to.deep.equal([]);
      for (const corrupt of corruptions[name])
        expect(anomaliesIn(corrupt(sound)).map(({ invariant }) => invariant)).to.include(name);
    });
  }

  it('are read from memory', async () => {
    const { transact, outside } = memoryStore();
    await transact((scope) => scope.table(orderTable).insert(anOrder({ lines: [] })));
    expect((await shopInvariants(outside)).map(({ invariant }) => invariant)).to.deep.equal([
      'an order has lines, each of one unit or more',
    ]);
  });

  onEverySqlDatabase('are read from the database', (name) => {
    it('and see a row that somebody has changed by hand', async () => {
      const database = await openSqlDatabase(name);
      const { sequelize, outside } = database;
      try {
        await aBusyDay(shopOn(sequelizePersistence(sequelize, USD), outside));
        expect(await shopInvariants(outside)).to.deep.equal([]);
        // Everything a shop in memory holds after the same day, row by row.
        const inMemory = memoryShop(1);
        await aBusyDay(inMemory);
        expect(sorted(await readShop(outside))).to.deep.equal(sorted(await readShop(inMemory.scope)));

        const { orders } = orderTables(sequelize);
        await updateRows(orders, { totalMinor: 1 }, { status: 'cancelled' }, outside);
        expect((await shopInvariants(outside)).map(({ invariant }) => invariant)).to.deep.equal([
          "an order's total is the sum of its lines",
        ]);
      } finally {
        await database.close();
      }
    });
  });
});
