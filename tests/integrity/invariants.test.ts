import { expect } from 'chai';
import type { Sequelize } from 'sequelize';
import { accountTables } from '#src/contexts/accounts/adapters/sequelize/account-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { customerTables } from '#src/contexts/customers/adapters/sequelize/customer-tables.js';
import { orderTable } from '#src/contexts/ordering/adapters/memory/memory-order-repository.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { deleteRows, updateRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { replyTables } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { memoryStore } from '#src/platform/memory/store.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';
import { anOrder } from '../support/builders/ordering.js';
import { USD } from '../support/persistences.js';
import { anomaliesIn, invariants, shopInvariants, type InvariantName } from './invariants.js';
import { memoryShop, shopOn, type Shop } from './memory-shop.js';
import { readShop, type ShopSnapshot } from './snapshot.js';

/**
 * Two products, an order on its way, a cancelled one, one of an erased customer, and a cart with a line; adjusted, recounted and
 * sold out; two products more by an import, with errors.
 */
const aBusyDay = async (shop: Shop): Promise<void> => {
  const [ada, bob] = [await shop.customer('ada'), await shop.customer('bob')];
  const carol = await shop.customer('carol');
  for (const customer of [ada, bob, carol]) {
    await shop.session(customer);
    await shop.address(customer);
  }
  await shop.addressOnce(bob, 'another key of bob');
  const [teapot, mug] = [await shop.product('teapot', 1250, 10), await shop.product('mug', 400, 10)];
  await shop.add(ada, mug, 2);
  await shop.add(ada, teapot);
  await shop.advance((await shop.place(ada)).id, 'confirmed');
  await shop.add(carol, mug);
  await shop.placeOnce(carol, 'key of carol');
  await shop.erase(carol);
  await shop.add(bob, mug, 3);
  await shop.cancel(bob, (await shop.place(bob)).id);
  await shop.add(bob, mug, 2);
  await shop.placeOnce(bob, 'key of bob');
  await shop.adjust(mug, -1);
  await shop.adjust(mug, -5);
  await shop.adjust(mug, 5);
  await shop.recount(teapot, 20);
  await shop.add(bob, teapot);
  await shop.add(bob, mug);
  await shop.withdraw(mug);
  await shop.import([
    { row: { line: 2, sku: 'BOWL', content: { name: 'bowl', priceMinor: 300, quantity: 4 } } },
    { row: { line: 3, sku: 'DISH', content: { name: 'dish', priceMinor: 200 } } },
    { error: { line: 4, sku: 'CUP', problems: [{ field: 'price', detail: 'no price' }] } },
    { row: { line: 5, sku: 'bowl', content: { quantity: 2 } } },
    { row: { line: 6, sku: 'FORK', content: { categoryName: 'Attic' } } },
  ]);
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
const isOfOrder = ({ orderId }: ShopSnapshot['replies'][number]): boolean => orderId !== null;

const events = (shop: ShopSnapshot, change: (all: ShopSnapshot['events']) => ShopSnapshot['events']) => ({
  ...shop,
  events: change(shop.events),
});

/** An event lost, told twice, of something that is not there, or by another name. */
const wrongEvents = (type: string): readonly ((shop: ShopSnapshot) => ShopSnapshot)[] => [
  (shop) => events(shop, (all) => without(all, (event) => event.type === type)),
  (shop) =>
    events(shop, (all) => [
      ...all,
      ...all.filter((event) => event.type === type).map((event) => ({ ...event, sequence: 1 })),
    ]),
  (shop) =>
    events(shop, (all) =>
      changed(
        all,
        (event) => event.type === type,
        () => ({ aggregateId: 'nobody' }),
      ),
    ),
  (shop) =>
    events(shop, (all) =>
      changed(
        all,
        (event) => event.type === type,
        () => ({ type: 'order.lost' }),
      ),
    ),
];

/** A shop whose first event waits for a subscriber, in a way that is right but for what is given. */
const waiting = (
  shop: ShopSnapshot,
  {
    dispatched = true,
    types,
    times = 1,
  }: { dispatched?: boolean; types?: readonly string[]; times?: number },
): ShopSnapshot => {
  const [event, ...others] = shop.events;
  if (event === undefined) throw new Error('nothing has happened');
  const delivery = { eventId: event.id, subscriber: 'one', state: 'pending' } as const;
  return {
    ...shop,
    events: [{ ...event, dispatched }, ...others],
    subscriptions: [{ subscriber: 'one', types: types ?? [event.type] }],
    deliveries: Array<typeof delivery>(times).fill(delivery),
  };
};

const imported = (
  shop: ShopSnapshot,
  change: (found: ShopSnapshot['imports'][number]) => Partial<ShopSnapshot['imports'][number]>,
): ShopSnapshot => ({ ...shop, imports: changed(shop.imports, any, change) });

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

  'an account and its profile are one person': [
    (shop) => ({ ...shop, users: without(shop.users, any) }),
    (shop) => ({ ...shop, customers: without(shop.customers, any) }),
    (shop) => ({ ...shop, users: changed(shop.users, any, () => ({ email: 'other@example.org' })) }),
    (shop) => ({ ...shop, customers: changed(shop.customers, any, () => ({ name: 'Other' })) }),
  ],
  'a session has one refresh token, at most, that is not spent': [
    (shop) => ({ ...shop, refreshTokens: [...shop.refreshTokens, ...shop.refreshTokens.slice(0, 1)] }),
  ],
  'an address book has one default': [
    (shop) => ({ ...shop, addresses: changed(shop.addresses, any, () => ({ isDefault: false })) }),
    (shop) => ({
      ...shop,
      addresses: changed(
        shop.addresses,
        ({ isDefault }) => !isDefault,
        () => ({ isDefault: true }),
      ),
    }),
  ],
  'nothing is left of a person who is gone': [
    (shop) => ({ ...shop, sessions: changed(shop.sessions, any, () => ({ userId: 'nobody' })) }),
    (shop) => ({ ...shop, refreshTokens: changed(shop.refreshTokens, any, () => ({ sessionId: 'none' })) }),
    (shop) => ({ ...shop, addresses: changed(shop.addresses, any, () => ({ customerId: 'nobody' })) }),
    (shop) => ({ ...shop, carts: changed(shop.carts, any, () => ({ customerId: 'nobody' })) }),
    (shop) => ({ ...shop, replies: changed(shop.replies, any, () => ({ caller: 'nobody' })) }),
    (shop) => ({
      ...shop,
      orders: changed(
        shop.orders,
        ({ status }) => status === 'confirmed',
        () => ({ customerId: 'nobody', addressed: false }),
      ),
    }),
    (shop) => ({
      ...shop,
      orders: changed(
        shop.orders,
        ({ status }) => status === 'cancelled',
        () => ({ customerId: 'nobody', addressed: true }),
      ),
    }),
  ],
  'an answer that is kept names at most one order, of its caller, that no other key has made': [
    (shop) => ({ ...shop, replies: changed(shop.replies, isOfOrder, () => ({ isKept: false })) }),
    (shop) => ({ ...shop, replies: changed(shop.replies, isOfOrder, () => ({ orderId: 'none' })) }),
    (shop) => ({ ...shop, replies: changed(shop.replies, isOfOrder, () => ({ caller: 'somebody else' })) }),
    (shop) => ({
      ...shop,
      replies: [...shop.replies, ...shop.replies.map((reply) => ({ ...reply, id: 'another key' }))],
    }),
  ],
  'what is counted of the answers that are kept for a caller is what they take': [
    (shop) => ({ ...shop, replies: changed(shop.replies, any, ({ bytes }) => ({ bytes: bytes + 1 })) }),
    (shop) => ({ ...shop, usage: [] }),
    (shop) => ({ ...shop, usage: changed(shop.usage, any, () => ({ caller: 'nobody' })) }),
    (shop) => ({ ...shop, usage: changed(shop.usage, any, ({ bytes }) => ({ bytes: bytes - 1 })) }),
  ],
  'an order has told once of each status it came to, and none that is not there of anything': [
    ...['order.placed', 'order.confirmed', 'order.cancelled'].flatMap(wrongEvents),
    (shop) => ({ ...shop, orders: changed(shop.orders, any, ({ version }) => ({ version: version + 1 })) }),
    (shop) =>
      events(shop, (all) =>
        changed(
          all,
          ({ aggregate }) => aggregate === 'order',
          () => ({ customerId: 'somebody else' }),
        ),
      ),
  ],
  'a product has told once of each of its versions, and none that is not there of anything': [
    'product.created',
    'product.updated',
    'product.deleted',
  ].flatMap(wrongEvents),
  'stock has told of each movement that left nothing, and of no other': wrongEvents('stock.depleted'),
  'a customer has told once of each of their versions, the last time when they were erased': [
    'customer.created',
    'customer.updated',
    'customer.erased',
  ].flatMap(wrongEvents),
  'an account has published its creation first, its versions in order, and its erasure last': [
    ...['user.created', 'user.erased'].flatMap(wrongEvents),
  ],
  'what waits for a subscriber is a dispatched event of its types, once': [
    (shop) => waiting(shop, { dispatched: false }),
    (shop) => waiting(shop, { types: [] }),
    (shop) => waiting(shop, { times: 2 }),
    (shop) => ({ ...waiting(shop, {}), subscriptions: [] }),
    (shop) => ({ ...waiting(shop, {}), events: [] }),
  ],
  'each row of an import is applied, refused or waiting, and only one of them': [
    (shop) => imported(shop, ({ updated }) => ({ updated: updated + 1 })), // applied twice
    (shop) => imported(shop, ({ created }) => ({ created: created - 1 })), // lost
    (shop) => ({ ...shop, importChunks: shop.imports.map(({ id }) => ({ importId: id, rows: 1 })) }),
    (shop) => imported(shop, ({ rows }) => ({ status: 'running', rows: rows + 1 })),
    (shop) => imported(shop, () => ({ status: 'failed' })),
    (shop) => imported(shop, () => ({ status: 'receiving' })),
    (shop) => imported(shop, ({ rows }) => ({ status: 'cancelled', rows: rows - 1 })),
  ],
  'each row that an import has refused is listed once': [
    (shop) => ({ ...shop, importErrors: without(shop.importErrors, any) }),
    (shop) => ({ ...shop, importErrors: [...shop.importErrors, ...shop.importErrors.slice(0, 1)] }),
    (shop) => ({ ...shop, importErrors: changed(shop.importErrors, any, () => ({ line: 6 })) }),
  ],
  'an import has ended unless an event continues it, or it is still received': [
    (shop) => {
      const run = imported(shop, () => ({ status: 'running' }));
      return events(run, (all) => all.map((event) => ({ ...event, dispatched: true })));
    },
  ],
  'an import has requested each of its batches once': [
    ...wrongEvents('import.started'),
    (shop) => imported(shop, ({ version }) => ({ version: version + 1 })),
    (shop) => ({ ...shop, imports: [] }),
  ],
};

/** Changes to the rows of a busy day that no constraint forbids, one after the other. */
const byHand = (
  sequelize: Sequelize,
  scope: SqlScope,
): Partial<Record<InvariantName, () => Promise<unknown>>> => {
  const { users } = accountTables(sequelize);
  const { customers, addresses } = customerTables(sequelize);
  const { orders } = orderTables(sequelize);
  const { ledger, imports, importErrors } = catalogTables(sequelize);
  const { events } = outboxTables(sequelize);
  const { keys, usage } = replyTables(sequelize);
  return {
    "an order's total is the sum of its lines": () =>
      updateRows(orders, { totalMinor: 1 }, { status: 'confirmed' }, scope),
    'an order was written as often as its status tells': () =>
      updateRows(orders, { version: 9 }, { status: 'confirmed' }, scope),
    'an answer that is kept names at most one order, of its caller, that no other key has made': () =>
      updateRows(keys, { reply: null }, {}, scope),
    'what is counted of the answers that are kept for a caller is what they take': () =>
      updateRows(usage, { bytes: 1 }, {}, scope),
    'an address book has one default': () => updateRows(addresses, { defaultFor: null }, {}, scope),
    'an account and its profile are one person': () => updateRows(users, { name: 'Other' }, {}, scope),
    'a product has told once of each of its versions, and none that is not there of anything': () =>
      updateRows(events, { version: 9 }, { type: 'product.created' }, scope),
    'stock has told of each movement that left nothing, and of no other': () =>
      updateRows(events, { version: 99 }, { type: 'stock.depleted' }, scope),
    'a customer has told once of each of their versions, the last time when they were erased': () =>
      deleteRows(events, { type: 'customer.created' }, scope),
    'the ledger adds up to the stock': () => deleteRows(ledger, { reason: 'adjustment' }, scope),
    'each unit sold belongs to one order': () => deleteRows(ledger, { reason: 'order' }, scope),
    'nothing is left of a person who is gone': () => deleteRows(customers, { name: 'bob' }, scope),
    'no row is left of something that is gone': () => deleteRows(orders, { status: 'cancelled' }, scope),
    'each row that an import has refused is listed once': () => deleteRows(importErrors, { line: 4 }, scope),
    'each row of an import is applied, refused or waiting, and only one of them': () =>
      updateRows(imports, { unchanged: 9 }, {}, scope),
    'an import has requested each of its batches once': () =>
      updateRows(events, { version: 9 }, { type: 'import.started' }, scope),
    'an import has ended unless an event continues it, or it is still received': async () => {
      await updateRows(events, { dispatchedAt: 1 }, {}, scope);
      await updateRows(imports, { status: 'running' }, {}, scope);
    },
  };
};

describe('The invariants of a shop', () => {
  for (const name of Object.keys(invariants) as InvariantName[]) {
    it(`The invariants of a shop say so when one row breaks that ${name}`, async () => {
      const shop = memoryShop(1);
      await aBusyDay(shop);
      const sound = await readShop(shop.scope);
      expect(anomaliesIn(sound)).to.deep.equal([]);
      for (const corrupt of corruptions[name])
        expect(anomaliesIn(corrupt(sound)).map(({ invariant }) => invariant)).to.include(name);
    });
  }

  it('The invariants of a shop are read from memory', async () => {
    const { transact, outside } = memoryStore();
    await transact((scope) => scope.table(orderTable).insert(anOrder({ lines: [] })));
    expect((await shopInvariants(outside)).map(({ invariant }) => invariant)).to.include(
      'an order has lines, each of one unit or more',
    );
  });

  onEverySqlDatabase('are read from the database', (name) => {
    it('The invariants of a shop notice each row that was changed by hand in the database', async () => {
      const database = await openSqlDatabase(name);
      const { sequelize, outside } = database;
      try {
        await aBusyDay(shopOn(sequelizePersistence(sequelize, USD), outside));
        expect(await shopInvariants(outside)).to.deep.equal([]);
        // Everything a shop in memory holds after the same day, row by row.
        const inMemory = memoryShop(1);
        await aBusyDay(inMemory);
        expect(sorted(await readShop(outside))).to.deep.equal(sorted(await readShop(inMemory.scope)));

        const seen = new Set<string>();
        for (const name of Object.keys(byHand(sequelize, outside)) as (keyof ReturnType<typeof byHand>)[]) {
          expect([...seen], 'not seen before').not.to.include(name);
          await database.transact((scope) => byHand(sequelize, scope)[name]?.() ?? Promise.resolve());
          for (const { invariant } of await shopInvariants(outside)) seen.add(invariant);
          expect([...seen]).to.include(name);
        }
      } finally {
        await database.close();
      }
    });
  });
});
