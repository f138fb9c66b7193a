import { expect } from 'chai';
import { generateSigningKey } from '#src/contexts/accounts/module.js';
import {
  remoteReservations,
  reservationRoutes,
} from '#src/contexts/catalog/adapters/services/reservation-operations.js';
import { remoteSummaries, summaryRoute } from '#src/contexts/catalog/adapters/services/product-operations.js';
import { createProduct, type NewProduct } from '#src/contexts/catalog/application/create-product.js';
import { deleteProduct } from '#src/contexts/catalog/application/delete-product.js';
import { OPERATOR } from '#src/kernel/actor.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { EventId } from '#src/kernel/events.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import { readConfig } from '#src/main/config/index.js';
import type { Overrides } from '#src/main/container.js';
import { CONTEXT_NAMES, type ContextName } from '#src/main/contexts.js';
import { choresOf } from '#src/main/housekeeping.js';
import { createShop } from '#src/main/shop.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { serviceClient } from '#src/platform/http/services/service-client.js';
import { startService, tokensOf } from '../platform/http/services/planted-gateway.js';
import { dollars } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { refusalOf } from '../support/contract-tools.js';
import { onEverySqlDatabase, openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { performing } from '../support/performing.js';
import { USD } from '../support/persistences.js';
import { testCircuit } from '../support/test-circuit.js';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const DAY_MS = 24 * 3_600_000;
const KEY = generateSigningKey();

/** A process that does not hold accounts is given callers by another one. */
const WITHOUT_ACCOUNTS: Overrides = {
  authenticate: () => () => Promise.resolve(null),
  counters: () => null,
};

/** A process with the catalogue alone, on a database of its own, and what another process of the shop has of it. */
const openCatalog = async (name: SqlDatabaseName | 'memory') => {
  const database =
    name === 'memory'
      ? { url: 'memory:', close: () => Promise.resolve() }
      : await openSqlDatabase(name, { migrated: false });
  const config = readConfig({
    ...{ DATABASE_URL: database.url, JWT_PRIVATE_KEY: KEY, CATALOG_MAX_STALE_MS: '0', LOG_LEVEL: 'silent' },
  });
  const clock = { time: START };
  const now = () => new Date(clock.time);
  const shop = createShop({ ...config, contexts: ['catalog'] }, { now: () => now, ...WITHOUT_ACCOUNTS });
  await shop.parts.persistence.prepare();
  const { transact, queries } = shop.parts.contexts.catalog;
  const server = await startService({
    extra: [
      ...reservationRoutes({ transact, now, currency: USD }),
      summaryRoute({ products: queries.products, currency: USD }),
    ],
  });
  const client = serviceClient({
    ...{ service: 'planted', origin: server.server.url, tokens: tokensOf('transaction') },
    circuit: testCircuit(),
  });
  return {
    shop,
    clock,
    transact,
    queries,
    client,
    close: async () => {
      await client.close();
      await server.server.close();
      await shop.close();
      await database.close();
    },
  };
};

const forEachStore = (body: (name: SqlDatabaseName | 'memory') => void): void => {
  describe('The catalogue for other processes on memory', () => {
    body('memory');
  });
  onEverySqlDatabase('The catalogue for other processes', body);
};

forEachStore((name) => {
  let catalog: Awaited<ReturnType<typeof openCatalog>>;
  before(async () => {
    catalog = await openCatalog(name);
  });
  after(() => catalog.close());

  const put = async (quantity: number, given: Partial<NewProduct> = {}): Promise<ProductId> => {
    const content = { sku: null, name: 'Mug', description: '', price: dollars(8), categoryId: null };
    const { product } = await performing(catalog.transact)(
      createProduct({ newId, now: () => new Date(catalog.clock.time) }),
    )(OPERATOR, { ...content, imageUrl: null, quantity, ...given });
    return product.id;
  };
  const left = async (id: ProductId) => (await catalog.queries.stock.levels([id])).at(0)?.quantity;
  const stateOf = async (id: OrderId) => (await catalog.queries.reservations.find(id))?.state ?? null;
  const remote = () => remoteReservations(catalog.client, USD);
  const reserve = (id: OrderId, productId: ProductId, quantity: number) =>
    remote().reserveStock(id, [{ productId, quantity }], 60_000);
  const receive = (type: 'order.placed' | 'order.cancelled', aggregateId: OrderId, version = 1) => {
    const event: OutboxEvent = {
      ...{ id: newId<EventId>(), type, aggregateId, version, sequence: 0 },
      ...{ occurredAt: new Date(catalog.clock.time), data: { customerId: newId<never>() } },
    };
    return catalog.shop.parts.receiveEvents([event]);
  };
  const runChores = async () => {
    for (const { run } of catalog.shop.parts.contexts.catalog.chores) await run(() => false);
  };

  it('Another process reserves stock, and gets the lines as they were sold, also when it calls again', async () => {
    const mug = await put(5, { name: 'Mug “A” 🫖', sku: 'SKU-1', price: dollars(19.99) });
    const id = newId<OrderId>();
    const expected = [
      { productId: mug, quantity: 2, sku: 'SKU-1', name: 'Mug “A” 🫖', unitPrice: dollars(19.99) },
    ];
    expect(await reserve(id, mug, 2)).to.deep.equal(expected);
    expect(await reserve(id, mug, 2)).to.deep.equal(expected);
    expect(await left(mug)).to.equal(3);
    expect((await catalog.queries.reservations.find(id))?.expiresAt).to.deep.equal(new Date(START + 60_000));
  });

  it('Another process reserves a whole cart of 100 lines', async () => {
    const products = await Promise.all(Array.from({ length: 100 }, () => put(1)));
    const lines = products.map((productId) => ({ productId, quantity: 1 }));
    const sold = await remote().reserveStock(newId(), lines, 60_000);
    expect(sold.map(({ productId }) => productId)).to.deep.equal(products);
  });

  it('Another process is refused as a caller in the same process is: with the lines that are short, or because the reservation has lapsed', async () => {
    const mug = await put(1);
    const id = newId<OrderId>();
    const refused: unknown = await reserve(id, mug, 2).catch((error: unknown) => error);
    if (!isDomainError(refused)) throw refused;
    expect([refused.kind, refused.code, refused.details]).to.deep.equal([
      ...['conflict', 'out_of_stock'],
      { lines: [{ productId: mug, requested: 2, available: 1 }] },
    ]);
    await remote().releaseReservation(id);
    expect(await refusalOf(reserve(id, mug, 1))).to.equal('reservation_lapsed');
  });

  it('Another process releases what it has reserved, once', async () => {
    const mug = await put(5);
    const id = newId<OrderId>();
    await reserve(id, mug, 2);
    await remote().releaseReservation(id);
    await remote().releaseReservation(id);
    expect([await left(mug), await stateOf(id)]).to.deep.equal([5, 'released']);
  });

  it('Another process of a shop with another currency gets no amounts', async () => {
    const mug = await put(5);
    const yen = { code: 'JPY', digits: 0 };
    const lines = [{ productId: mug, quantity: 1 }];
    for (const call of [
      () => remoteReservations(catalog.client, yen).reserveStock(newId(), lines, 60_000),
      () => remoteSummaries(catalog.client, yen)([mug]),
    ])
      expect(await call().catch(String)).to.match(/the catalogue is in USD, but this process .* JPY/);
  });

  it('Another process gets summaries of products, also of deleted ones, and none of what never was one', async () => {
    const [mug, gone] = [
      await put(5, { imageUrl: 'https://shop.example/mug.png', price: dollars(0.07) }),
      await put(3),
    ];
    await performing(catalog.transact)(deleteProduct({ now: () => new Date(catalog.clock.time) }))(
      ...([OPERATOR, gone, undefined] as const),
    );
    const summarise = remoteSummaries(catalog.client, USD);
    expect(await summarise([gone, newId(), mug])).to.have.deep.members([
      {
        ...{ id: mug, name: 'Mug', price: dollars(0.07), imageUrl: 'https://shop.example/mug.png' },
        ...{ available: 5, deleted: false },
      },
      { id: gone, name: 'Mug', price: dollars(8), imageUrl: null, available: 0, deleted: true },
    ]);
    expect(await summarise([])).to.deep.equal([]);
    expect(await summarise(Array.from({ length: 100 }, () => newId()))).to.deep.equal([]);
  });

  it('An order that another process has placed confirms its reservation, and its cancellation returns the stock once', async () => {
    const mug = await put(5);
    const id = newId<OrderId>();
    await reserve(id, mug, 2);
    await receive('order.placed', id);
    catalog.clock.time += 60_001;
    await runChores();
    expect([await left(mug), await stateOf(id)]).to.deep.equal([3, 'confirmed']);
    await Promise.all([receive('order.cancelled', id, 2), receive('order.cancelled', id, 2)]);
    expect([await left(mug), await stateOf(id)]).to.deep.equal([5, 'cancelled']);
  });

  it('An order that another process has placed too late tells that process when its stock is gone', async () => {
    const mug = await put(2);
    const id = newId<OrderId>();
    await reserve(id, mug, 2);
    catalog.clock.time += 60_001;
    await runChores();
    await reserve(newId(), mug, 1);
    await receive('order.placed', id);
    const events = await catalog.shop.parts.persistence.transact(({ outbox }) => outbox.dispatch(1000));
    const failures = events.filter(({ aggregateId }) => aggregateId === id);
    expect(failures.map(({ type, data }) => [type, data])).to.deep.equal([
      ['reservation.failed', { products: mug }],
    ]);
    await receive('order.cancelled', id, 2);
    expect(await left(mug)).to.equal(1);
  });

  it('A reservation is removed when no message about it can arrive any more, and the cancellation of its order still returns the stock', async () => {
    const mug = await put(5);
    const [id, abandoned] = [newId<OrderId>(), newId<OrderId>()];
    await reserve(id, mug, 2);
    await receive('order.placed', id);
    await reserve(abandoned, mug, 1);
    catalog.clock.time += 60_000 + 31 * DAY_MS;
    await runChores();
    expect([await stateOf(id), await stateOf(abandoned)]).to.deep.equal(['confirmed', 'released']);
    catalog.clock.time += 1;
    await runChores();
    expect([await stateOf(id), await stateOf(abandoned), await left(mug)]).to.deep.equal([null, null, 3]);
    await receive('order.cancelled', id, 2);
    expect(await left(mug)).to.equal(5);
  });
});

describe('The catalogue in the process of the orders', () => {
  it('The catalogue in the process of the orders looks for no reservations: there are none', () => {
    const config = readConfig({ DATABASE_URL: 'memory:', JWT_PRIVATE_KEY: KEY, LOG_LEVEL: 'silent' });
    const chores = (contexts: readonly ContextName[]) =>
      choresOf(createShop({ ...config, contexts }, WITHOUT_ACCOUNTS).parts)
        .map(({ name }) => name)
        .filter((name) => name.includes('reservation'));
    expect(chores(CONTEXT_NAMES)).to.deep.equal([]);
    expect(chores(['catalog'])).to.deep.equal(['release overdue reservations', 'purge settled reservations']);
  });
});
