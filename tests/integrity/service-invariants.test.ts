import { expect } from 'chai';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sequelize } from 'sequelize';
import { auditTables } from '#src/contexts/audit/adapters/sequelize/audit-tables.js';
import { cartTables } from '#src/contexts/cart/adapters/sequelize/cart-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import type { StockMovementId } from '#src/contexts/catalog/domain/stock.js';
import type { CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import type { BackendName } from '#src/main/services.js';
import { deleteRows, findRow, findRows, insertRow, updateRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { inboxTables } from '#src/platform/inbox/sequelize-inbox.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { newId } from '../support/builders/ids.js';
import { openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import {
  closeDatabases,
  forEachService,
  ofEach,
  urlsOf,
  type ServiceDatabases,
} from '../support/service-databases.js';
import { aProduct, aShopper } from '../support/shopping.js';
import { testServiceShop } from '../support/test-shop.js';
import { cartKey, serviceAnomalies, unsettled, type Databases, type Told } from './service-invariants.js';

/** The databases of the services in a folder. */
const openIn = (folder: string): Promise<ServiceDatabases> =>
  forEachService((name) => {
    const place = {
      url: `sqlite:${join(folder, `${name}.db`)}`,
      admin: () => Promise.reject(new Error('an embedded database has no administrator')),
      drop: () => Promise.resolve(), // with its folder
    };
    return openSqlDatabase('SQLite', { place, migrated: false });
  });

/** What there is after a day in the shop. */
interface Day {
  readonly told: Told;
  readonly ada: CustomerId;
  readonly eve: CustomerId;
  readonly mug: ProductId;
  readonly cup: ProductId;
  /** Of two mugs and a cup, pending. */
  readonly placed: OrderId;
  /** Of one mug. */
  readonly cancelled: OrderId;
}

/** Orders, one of them cancelled, one refused when its three mugs had been reserved, stock that came in, and an import. */
const liveADay = async (opened: ServiceDatabases): Promise<Day> => {
  const shop = await testServiceShop({ databases: urlsOf(opened) });
  const databases = ofEach(opened, ({ outside }) => outside);
  const [ada, eve] = [await aShopper(shop), await aShopper(shop)];
  const mug = (await aProduct(shop, { name: 'Mug', quantity: 10 })) as ProductId;
  const cup = (await aProduct(shop, { name: 'Cup', quantity: 1 })) as ProductId;
  const adjusted = await shop.post(`/products/${cup}/stock-adjustments`, {
    token: shop.adminToken,
    json: { delta: 3 },
  });
  expect(adjusted.status).to.equal(201);
  const sent = await shop.post('/products/import', {
    token: shop.adminToken,
    raw: 'sku,name,price\nBOWL,Bowl,3\nDISH,Dish,2\nFORK,Fork,much\n',
    headers: { 'Content-Type': 'text/csv' },
  });
  expect(sent.status).to.equal(202);
  const order = async ({ token }: { readonly token: string }, key: string): Promise<OrderId> => {
    const { status, body } = await shop.post('/orders', { token, headers: { 'Idempotency-Key': key } });
    expect(status).to.equal(201);
    return body.id as OrderId;
  };
  await ada.put(mug, 2);
  await ada.put(cup);
  const placed = await order(ada, 'one');
  await ada.put(mug);
  const cancelled = await order(ada, 'two');
  expect((await ada.cancel(cancelled)).status).to.equal(200);
  await eve.put(mug);
  const another = await order(eve, 'three');
  await ada.put(mug, 3);
  expect((await ada.order({ expectedTotal: 1 })).body.code).to.equal('total_changed');
  await eventually(async () => (await unsettled(databases)).length === 0, 'an end of everything');
  await shop.close();
  const told = (customer: string, lines: Readonly<Record<string, number>>, isCancelled = false) => ({
    customerId: customer,
    lines: new Map(Object.entries(lines)),
    cancelled: isCancelled,
  });
  return {
    ...{ mug, cup, placed, cancelled, ada: ada.id as CustomerId, eve: eve.id as CustomerId },
    told: {
      orders: new Map([
        [placed, told(ada.id, { [mug]: 2, [cup]: 1 })],
        [cancelled, told(ada.id, { [mug]: 1 }, true)],
        [another, told(eve.id, { [mug]: 1 })],
      ]),
      keys: new Map([
        ['one', new Set([placed])],
        ['two', new Set([cancelled])],
        ['three', new Set([another])],
      ]),
      unknown: new Map(),
      carted: new Map([
        [cartKey(ada.id, mug), 6],
        [cartKey(ada.id, cup), 1],
        [cartKey(eve.id, mug), 1],
      ]),
      supplied: new Map([
        [mug, 10],
        [cup, 4],
      ]),
      commands: new Map([
        [`product.created ${mug}`, 1],
        [`product.created ${cup}`, 1],
        [`stock.adjusted ${cup}`, 1],
      ]),
      imports: new Map([[sent.body.id as string, { skus: ['BOWL', 'DISH'], refused: 1 }]]),
    },
  };
};

/** Moves a product's stock, as the catalogue does for a reservation. */
const note = async (scope: SqlScope, productId: ProductId, delta: number, text: string): Promise<void> => {
  const { stock, ledger } = catalogTables(scope.sequelize);
  const level = (await findRow(stock, { productId }, scope)) ?? expect.fail('no stock');
  const [quantity, version] = [level.quantity + delta, level.version + 1];
  await updateRows(stock, { quantity, version }, { productId }, scope);
  await insertRow(
    ledger,
    {
      ...{ id: newId<StockMovementId>(), productId, delta, note: text, createdAt: new Date() },
      ...{ sequence: version, reason: 'adjustment', orderId: null, balance: quantity },
    },
    scope,
  );
};

/** Changes rows of one service. */
interface Corruption {
  readonly of: BackendName;
  readonly by: (scope: SqlScope, day: Day) => Promise<unknown>;
}

/** What the stock of the refused order left when it returned. */
const released = ({ mug }: Day) => ({ productId: mug, reason: 'adjustment' }) as const;

const reservation =
  (id: (day: Day) => OrderId, state: 'reserved' | 'confirmed' | 'released'): Corruption['by'] =>
  (scope, day) =>
    updateRows(catalogTables(scope.sequelize).reservations, { state }, { orderId: id(day) }, scope);

/** Rows that are wrong, by what has to be said of them; the names of a day stand for its ids. */
const CORRUPTIONS: Readonly<Record<string, Corruption>> = {
  'the ledger adds up to the stock': {
    of: 'product',
    by: (scope, { mug }) =>
      updateRows(catalogTables(scope.sequelize).stock, { quantity: 9 }, { productId: mug }, scope),
  },
  'which was not placed: 3 taken, 0 came back': {
    of: 'product',
    by: (scope, day) => deleteRows(catalogTables(scope.sequelize).ledger, released(day), scope),
  },
  'which was not placed: 3 taken, 6 came back': {
    of: 'product',
    by: async (scope, day) => {
      const { ledger } = catalogTables(scope.sequelize);
      const row = (await findRow(ledger, released(day), scope)) ?? expect.fail('nothing was released');
      await note(scope, day.mug, row.delta, row.note ?? '');
    },
  },
  'which was not placed: 0 taken, 3 came back': {
    of: 'product',
    by: (scope) => deleteRows(catalogTables(scope.sequelize).ledger, { reason: 'order', delta: -3 }, scope),
  },
  'the stock of cancelled orders, and of no others, came back once': {
    of: 'product',
    by: (scope, { mug, placed }) => note(scope, mug, 2, `Released: the reservation of order ${placed}`),
  },
  'order PLACED is pending, its reservation released': {
    of: 'product',
    by: reservation(({ placed }) => placed, 'released'),
  },
  'order PLACED is pending, its reservation undefined': {
    of: 'product',
    by: (scope, { placed: orderId }) =>
      deleteRows(catalogTables(scope.sequelize).reservations, { orderId }, scope),
  },
  'order CANCELLED is cancelled, its reservation confirmed': {
    of: 'product',
    by: reservation(({ cancelled }) => cancelled, 'confirmed'),
  },
  'a reservation is confirmed, and there is no order': {
    of: 'product',
    by: (scope) =>
      updateRows(
        catalogTables(scope.sequelize).reservations,
        { state: 'confirmed' },
        { state: 'released' },
        scope,
      ),
  },
  'sent 1, received 0 by product': {
    of: 'product',
    by: async (scope) => {
      const { events } = inboxTables(scope.sequelize);
      const [{ eventId } = expect.fail('nothing was received')] = await findRows(events, { limit: 1 }, scope);
      await deleteRows(events, { eventId }, scope);
    },
  },
  'sent 0, received 1 by customer': {
    of: 'customer',
    by: (scope) =>
      insertRow(inboxTables(scope.sequelize).events, { eventId: newId(), receivedAt: new Date() }, scope),
  },
  'sent 0, received 1 by product': {
    of: 'transaction',
    by: (scope) => deleteRows(outboxTables(scope.sequelize).events, { type: 'order.cancelled' }, scope),
  },
  'the acknowledged order PLACED is gone': {
    of: 'transaction',
    by: async (scope, { placed }) => {
      const { orders, lines } = orderTables(scope.sequelize);
      await deleteRows(lines, { orderId: placed }, scope);
      await deleteRows(orders, { id: placed }, scope);
    },
  },
  'order PLACED: 2 of MUG acknowledged, 3 there': {
    of: 'transaction',
    by: (scope, { placed, mug }) =>
      updateRows(
        orderTables(scope.sequelize).lines,
        { quantity: 3 },
        { orderId: placed, productId: mug },
        scope,
      ),
  },
  'order CANCELLED is pending although its cancellation was acknowledged': {
    of: 'transaction',
    by: (scope, { cancelled }) =>
      updateRows(orderTables(scope.sequelize).orders, { status: 'pending' }, { id: cancelled }, scope),
  },
  'order PLACED is of another customer': {
    of: 'transaction',
    by: (scope, { placed, eve }) =>
      updateRows(orderTables(scope.sequelize).orders, { customerId: eve }, { id: placed }, scope),
  },
  'customer ADA has 1 orders that nobody was told of': {
    of: 'transaction',
    by: async (scope, { placed }) => {
      const { orders } = orderTables(scope.sequelize);
      const row = (await findRow(orders, { id: placed }, scope)) ?? expect.fail('no order');
      const id = newId<OrderId>();
      await insertRow(orders, { ...row, id, number: OrderNumber.of(id) }, scope);
    },
  },
  'MUG of ADA: 6 put in the cart, 3 there or ordered': {
    of: 'transaction',
    by: (scope, { ada }) => deleteRows(cartTables(scope.sequelize).lines, { customerId: ada }, scope),
  },
  'product MUG: 10 supplied, 11 left or sold': {
    of: 'product',
    by: (scope, { mug }) => note(scope, mug, 1, 'found behind a shelf'),
  },
  'stock.adjusted CUP: acknowledged 1 times, 0 audit entries': {
    of: 'user',
    by: (scope) => deleteRows(auditTables(scope.sequelize).entries, { action: 'stock.adjusted' }, scope),
  },
  'product.created MUG: acknowledged 1 times, 2 audit entries': {
    of: 'user',
    by: async (scope, { mug }) => {
      const { entries } = auditTables(scope.sequelize);
      const row = await findRow(entries, { subjectId: mug as never, action: 'product.created' }, scope); // the subject may be of any kind
      await insertRow(entries, { ...(row ?? expect.fail('no entry')), id: newId() }, scope);
    },
  },
};

/** Likewise: of the import of a day. */
const IMPORT_CORRUPTIONS: Readonly<Record<string, Corruption>> = {
  'each row of an import is applied, refused or waiting, and only one of them': {
    of: 'product',
    by: (scope) => updateRows(catalogTables(scope.sequelize).imports, { unchanged: 1 }, {}, scope),
  },
  'each row that an import has refused is listed once': {
    of: 'product',
    by: (scope) => deleteRows(catalogTables(scope.sequelize).importErrors, {}, scope),
  },
  'is running: 2 of 2 rows': {
    of: 'product',
    by: (scope) => updateRows(catalogTables(scope.sequelize).imports, { status: 'running' }, {}, scope),
  },
  'is finished: 1 of 2 rows': {
    of: 'product',
    by: (scope) => updateRows(catalogTables(scope.sequelize).imports, { created: 1, rows: 2 }, {}, scope),
  },
  'is undefined: 0 of 2 rows': {
    of: 'product',
    by: async (scope) => {
      await deleteRows(catalogTables(scope.sequelize).importErrors, {}, scope);
      await deleteRows(catalogTables(scope.sequelize).imports, {}, scope);
    },
  },
  'there is no DISH, which was imported': {
    of: 'product',
    by: (scope) =>
      updateRows(catalogTables(scope.sequelize).products, { sku: 'LOST' }, { sku: 'DISH' }, scope),
  },
};

/** What is not over, by what has to be said of it. */
const OPEN: Readonly<Record<string, Corruption>> = {
  'order.cancelled of transaction': {
    of: 'transaction',
    by: (scope) =>
      updateRows(
        outboxTables(scope.sequelize).events,
        { dispatchedAt: null },
        { type: 'order.cancelled' },
        scope,
      ),
  },
  'for service-product: dead_lettered': {
    of: 'transaction',
    by: async (scope) => {
      const { events, deliveries } = outboxTables(scope.sequelize);
      const event = await findRow(events, { type: 'order.cancelled' }, scope);
      const { id, data: _data, occurredAt: _at, dispatchedAt, ...number } = event ?? expect.fail('no event');
      const delivery = {
        subscriber: 'service-product',
        state: 'dead_lettered',
        attempts: 9,
        claimId: null,
      } as const;
      await insertRow(deliveries, { ...number, ...delivery, eventId: id, dueAt: dispatchedAt ?? 0 }, scope);
    },
  },
  'placement ': {
    of: 'transaction',
    by: (scope, { ada }) =>
      insertRow(
        orderTables(scope.sequelize).placements,
        {
          ...{ id: newId<OrderId>(), customerId: ada, keyId: null, lines: '[]' },
          ...{ shippingAddress: null, expiresAt: new Date() },
        },
        scope,
      ),
  },
  'reservation PLACED': { of: 'product', by: reservation(({ placed }) => placed, 'reserved') },
};

/** Copies a folder of closed databases, anew if the last connection to one takes its journal away meanwhile. */
const copied = (folder: string): Promise<string> =>
  eventually(async () => {
    const copy = await mkdtemp(join(tmpdir(), 'portico-corrupt-'));
    try {
      await cp(folder, copy, { recursive: true });
      return copy;
    } catch (error) {
      await rm(copy, { recursive: true });
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return null;
    }
  }, 'a copy of the databases');

describe('The invariants of five services', () => {
  let folder: string;
  let day: Day;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-day-'));
    const opened = await openIn(folder);
    day = await liveADay(opened);
    await closeDatabases(opened);
  });
  after(() => rm(folder, { recursive: true }));

  /** Returns what is found in a copy of the databases, after rows of one of them were changed. */
  const foundAfter = async <Found>(
    { of, by }: Corruption,
    find: (databases: Databases, opened: ServiceDatabases) => Promise<Found>,
  ): Promise<Found> => {
    const copy = await copied(folder);
    const opened = await openIn(copy);
    try {
      await opened[of].transact((scope) => by(scope, day));
      return await find(
        ofEach(opened, ({ outside }) => outside),
        opened,
      );
    } finally {
      await closeDatabases(opened);
      await rm(copy, { recursive: true });
    }
  };
  const anomaliesAfter = (corruption: Corruption, told = day.told): Promise<readonly string[]> =>
    foundAfter(corruption, (databases) => serviceAnomalies(databases, told));
  const nothing: Corruption = { of: 'user', by: () => Promise.resolve() };

  /** Says what was found by the names of the day. */
  const named = (found: readonly string[]): string => {
    const { placed, cancelled, mug, cup, ada, eve } = day;
    const names = { PLACED: placed, CANCELLED: cancelled, MUG: mug, CUP: cup, ADA: ada, EVE: eve };
    return Object.entries(names).reduce((text, [name, id]) => text.replaceAll(id, name), found.join('\n'));
  };

  it('The invariants of five services hold after a day, of which nothing is left open', async () => {
    expect(await anomaliesAfter(nothing)).to.deep.equal([]);
    expect(await foundAfter(nothing, unsettled)).to.deep.equal([]);
  });

  for (const [said, corruption] of Object.entries({ ...CORRUPTIONS, ...IMPORT_CORRUPTIONS }))
    it(`The invariants of five services say so when a row is wrong: ${said}`, async () => {
      expect(named(await anomaliesAfter(corruption))).to.include(said);
    });

  for (const [said, corruption] of Object.entries(OPEN))
    it(`The invariants of five services are not judged while something is open: ${said}`, async () => {
      expect(named(await foundAfter(corruption, unsettled))).to.include(said);
    });

  it('The invariants of five services are not judged while something is open: an event that went from one database to another between two reads', async () => {
    const found = await foundAfter(nothing, async (databases, { user }) => {
      let hasArrived = false;
      const query = async (...given: Parameters<typeof user.sequelize.query>): Promise<unknown> => {
        const result = await user.sequelize.query(...given);
        if (hasArrived) return result;
        hasArrived = true;
        const event = { eventId: newId<never>(), receivedAt: new Date() };
        await user.transact((scope) => insertRow(inboxTables(user.sequelize).events, event, scope));
        return result;
      };
      const sequelize = Object.create(user.sequelize, { query: { value: query } }) as Sequelize;
      return unsettled({ ...databases, user: { ...databases.user, sequelize } });
    });
    expect(found).to.deep.equal(['events that were just recorded or received']);
  });

  it('The invariants of five services say so when a key has made two orders', async () => {
    const keys = new Map([['one', new Set([day.placed, day.cancelled])]]);
    expect(named(await anomaliesAfter(nothing, { ...day.told, keys }))).to.equal(
      'key one has made PLACED and CANCELLED',
    );
  });

  it('The invariants of five services hold for stock that a late order has taken again', async () => {
    const { placed, mug } = day;
    const late: Corruption = {
      of: 'product',
      by: async (scope) => {
        await note(scope, mug, 2, `Released: the reservation of order ${placed}`);
        await note(
          scope,
          mug,
          -2,
          `Taken again: order ${placed} was placed after its reservation was released`,
        );
      },
    };
    expect(await anomaliesAfter(late)).to.deep.equal([]);
  });
});
