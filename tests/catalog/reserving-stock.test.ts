import { expect } from 'chai';
import { confirmReservation } from '#src/contexts/catalog/application/confirm-reservation.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { adjustStock } from '#src/contexts/catalog/application/adjust-stock.js';
import { deleteProduct } from '#src/contexts/catalog/application/delete-product.js';
import { editProduct } from '#src/contexts/catalog/application/edit-product.js';
import { lapseReservations } from '#src/contexts/catalog/application/lapse-reservations.js';
import type { ReservationPorts } from '#src/contexts/catalog/application/ports.js';
import { releaseReservation } from '#src/contexts/catalog/application/release-reservation.js';
import { reserveStock } from '#src/contexts/catalog/application/reserve-stock.js';
import { returnOrderedStock } from '#src/contexts/catalog/application/return-ordered-stock.js';
import { returnStock } from '#src/contexts/catalog/application/return-stock.js';
import { takeStock } from '#src/contexts/catalog/application/take-stock.js';
import type { ReservationState } from '#src/contexts/catalog/domain/reservation.js';
import type { WantedLine } from '#src/contexts/catalog/domain/sale.js';
import { OPERATOR } from '#src/kernel/actor.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import { transactThrough, type Transact, type Work } from '#src/kernel/transact.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { failDatabase } from '#src/platform/database/database-errors.js';
import { outboxEvents } from '#src/platform/outbox/outbox-events.js';
import { dollars } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject, outcomeOf, refusalOf, rejectionOf, tally } from '../support/contract-tools.js';
import { performing } from '../support/performing.js';
import { onServer, openSqlDatabase } from '../support/databases.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { rivalOf } from '../support/rival.js';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const LIMIT_MS = 60_000;
const never = (): boolean => false;
const line = (productId: ProductId, quantity: number): WantedLine => ({ productId, quantity });

/** Returns the transactions of the catalogue on a store. */
const catalogTransactions = (transact: Transact<Repositories>, now: () => Date): Transact<ReservationPorts> =>
  transactThrough(transact, ({ products, stock, categories, reservations, outbox }) => ({
    ...{ products, stock, categories, reservations, newId, now },
    events: outboxEvents({ outbox, newEventId: newId<never> }),
  }));

const MUG = { sku: null, name: 'Mug', description: '', price: dollars(8), categoryId: null, imageUrl: null };

forEachPersistence((name, open) => {
  describe(`Reserving stock on ${name}`, () => {
    const subject = openedSubject(open, 20);
    let time = START;
    const now = () => new Date(time);
    const transact: Transact<ReservationPorts> = (work) => catalogTransactions(subject().transact, now)(work);
    const run = (work: Work<ReservationPorts, void>) => transact(work);

    const put = async (quantity: number): Promise<ProductId> => {
      const { product } = await performing(transact)(createProduct({ newId, now }))(OPERATOR, {
        ...MUG,
        quantity,
      });
      return product.id;
    };
    const reserve = (orderId: OrderId, lines: readonly WantedLine[]) =>
      transact(reserveStock({ now })(orderId, lines, { expiresAt: new Date(time + LIMIT_MS) }));
    const release = (id: OrderId) => run(releaseReservation(id));
    const confirm = (id: OrderId) => run(confirmReservation(id));
    const cancel = (id: OrderId) => run(returnOrderedStock(id));
    const failures: unknown[] = [];
    const lapse = (isStopping = never) =>
      lapseReservations({
        ...{ transact, reservations: subject().outside.reservations, now },
        onFailure: (_id, error) => failures.push(error),
      })(isStopping);
    const expire = () => {
      time += LIMIT_MS + 1;
    };

    const stateOf = async (id: OrderId): Promise<ReservationState | null> =>
      (await subject().outside.reservations.find(id))?.state ?? null;
    const ledger = async (id: ProductId) =>
      (await subject().outside.stock.movements(id, { limit: 1000, after: null })).items.toReversed();
    /** What is left of a product, by its stock and by the sum of its ledger, which agree. */
    const left = async (id: ProductId): Promise<number> => {
      const [level] = await subject().outside.stock.levels([id]);
      let balance = 0;
      for (const [at, { sequence, delta, balance: noted }] of (await ledger(id)).entries()) {
        balance += delta;
        expect([sequence, noted]).to.deep.equal([at + 1, balance]);
      }
      expect(level?.quantity).to.equal(balance);
      return balance;
    };
    /** Takes the events of failed reservations out of the outbox. */
    const failed = async () => {
      const events = await subject().transact(async ({ outbox }) => {
        const dispatched = await outbox.dispatch(1000);
        await outbox.purge(0, 1000);
        return dispatched;
      });
      return events
        .filter(({ type }) => type === 'reservation.failed')
        .map(({ aggregateId, data }) => [aggregateId, data['products']]);
    };

    beforeEach(() => {
      time = START;
      failures.length = 0;
    });
    afterEach(() => {
      expect(failures).to.deep.equal([]);
    });

    it('Reserving stock takes every line as a sale does, with its name, SKU and price', async () => {
      const [mug, cup] = [await put(5), await put(2)];
      const id = newId<OrderId>();
      const shown = { sku: null, name: 'Mug', unitPrice: dollars(8) };
      expect(await reserve(id, [line(cup, 2), line(mug, 1)])).to.deep.equal([
        { productId: cup, quantity: 2, ...shown },
        { productId: mug, quantity: 1, ...shown },
      ]);
      expect([await left(mug), await left(cup)]).to.deep.equal([4, 0]);
      const [, movement] = await ledger(mug);
      expect(movement).to.include({ reason: 'order', orderId: id, delta: -1, note: null });
      expect(await stateOf(id)).to.equal('reserved');
    });

    it('Reserving stock takes no line and stores nothing when one is short, and may be tried again', async () => {
      const [mug, cup] = [await put(5), await put(1)];
      const id = newId<OrderId>();
      const lines = [line(mug, 1), line(cup, 2)];
      const refused: unknown = await reserve(id, lines).catch((error: unknown) => error);
      if (!isDomainError(refused)) throw refused;
      expect([refused.code, refused.details]).to.deep.equal([
        'out_of_stock',
        { lines: [{ productId: cup, requested: 2, available: 1 }] },
      ]);
      expect([await left(mug), await left(cup), await stateOf(id)]).to.deep.equal([5, 1, null]);
      await performing(transact)(adjustStock)(OPERATOR, cup, { delta: 1 });
      await reserve(id, lines);
      expect([await left(mug), await left(cup)]).to.deep.equal([4, 0]);
    });

    it('Reserving stock again for an order takes nothing and returns the same lines, also after a change of the price', async () => {
      const mug = await put(5);
      const id = newId<OrderId>();
      const first = await reserve(id, [line(mug, 2)]);
      await performing(transact)(editProduct({ now }))(OPERATOR, mug, { price: dollars(9) }, undefined);
      expect(await reserve(id, [line(mug, 2)])).to.deep.equal(first);
      await confirm(id);
      expect(await reserve(id, [line(mug, 2)])).to.deep.equal(first);
      expect(await left(mug)).to.equal(3);
    });

    it('Reserving stock again for an order with other lines is a bug and changes nothing', async () => {
      const mug = await put(5);
      const id = newId<OrderId>();
      await reserve(id, [line(mug, 2)]);
      expect(await rejectionOf(reserve(id, [line(mug, 1)]))).to.match(/other lines are reserved/);
      expect(await left(mug)).to.equal(3);
    });

    it('Reserving stock for one order by eight requests at once takes it once, and returns the same lines to all', async () => {
      const mug = await put(20);
      const id = newId<OrderId>();
      const lines = await Promise.all(Array.from({ length: 8 }, () => reserve(id, [line(mug, 2)])));
      for (const each of lines) expect(each).to.deep.equal(lines[0]);
      expect(await left(mug)).to.equal(18);
    });

    it('Reserving stock has a second request for the order wait for the first one, and take nothing', async () => {
      const mug = await put(20);
      const id = newId<OrderId>();
      const wanted = [line(mug, 2)];
      const rival = rivalOf(() => reserve(id, wanted));
      await transact(async ({ stock, ...ports }) => {
        const record: typeof stock.record = async (movements) => {
          await stock.record(movements);
          await rival.meet(() => stock.levels([mug]));
        };
        return reserveStock({ now })(id, wanted, { expiresAt: new Date(time + LIMIT_MS) })({
          ...ports,
          stock: { ...stock, record },
        });
      });
      expect(await rival.outcome).to.equal('done');
      expect(await left(mug)).to.equal(18);
    });

    it('Reserving stock for fifty orders at once gives ten units to ten of them', async () => {
      const mug = await put(10);
      const orders = Array.from({ length: 50 }, () => newId<OrderId>());
      const outcomes = await Promise.all(orders.map((id) => outcomeOf(reserve(id, [line(mug, 1)]))));
      expect(tally(outcomes)).to.deep.equal({ done: 10, out_of_stock: 40 });
      expect(await left(mug)).to.equal(0);
      const states = await Promise.all(orders.map(async (id) => (await stateOf(id)) ?? 'none'));
      expect(tally(states)).to.deep.equal({ reserved: 10, none: 40 });
    });

    it('Reserving stock never makes two requests with the same products wait for each other', async () => {
      const products = [await put(100), await put(100), await put(100)];
      const lines = products.map((id) => line(id, 1));
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => reserve(newId(), at % 2 === 0 ? lines : lines.toReversed())),
      );
      expect(await Promise.all(products.map(left))).to.deep.equal([80, 80, 80]);
    });

    it('A released reservation returns its stock once, also when it is released by several at once', async () => {
      const mug = await put(5);
      const id = newId<OrderId>();
      await reserve(id, [line(mug, 2)]);
      await Promise.all([release(id), release(id), release(id)]);
      await release(id);
      expect([await left(mug), await stateOf(id)]).to.deep.equal([5, 'released']);
      const returned = (await ledger(mug)).slice(2).map(({ delta, reason, note, orderId }) => ({
        ...{ delta, reason, note, orderId },
      }));
      expect(returned).to.deep.equal([
        { delta: 2, reason: 'adjustment', note: `Released: the reservation of order ${id}`, orderId: null },
      ]);
    });

    it('A released reservation returns the stock of products that were deleted since', async () => {
      const mug = await put(5);
      const id = newId<OrderId>();
      await reserve(id, [line(mug, 2)]);
      await performing(transact)(deleteProduct({ now }))(OPERATOR, mug, undefined);
      await release(id);
      expect(await left(mug)).to.equal(5);
    });

    it('A released reservation is refused when its request comes again, also when it comes late and the release came first', async () => {
      const mug = await put(5);
      const [released, early] = [newId<OrderId>(), newId<OrderId>()];
      await reserve(released, [line(mug, 2)]);
      await release(released);
      await release(early);
      await release(early);
      for (const id of [released, early])
        expect(await refusalOf(reserve(id, [line(mug, 2)]))).to.equal('reservation_lapsed');
      expect(await left(mug)).to.equal(5);
    });

    it('A release at the moment of its reservation leaves no stock behind', async () => {
      const mug = await put(100);
      for (let round = 0; round < 10; round += 1) {
        const id = newId<OrderId>();
        const calls = [() => outcomeOf(reserve(id, [line(mug, 2)])), () => outcomeOf(release(id))];
        const outcomes = await Promise.all(
          (round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()),
        );
        expect(outcomes.filter((outcome) => outcome !== 'done')).to.satisfy((codes: string[]) =>
          codes.every((code) => code === 'reservation_lapsed'),
        );
        expect(await stateOf(id)).to.equal('released');
      }
      expect(await left(mug)).to.equal(100);
    });

    it('The stock of an order that is placed is not released, neither by its caller nor by its expiry', async () => {
      const mug = await put(5);
      const id = newId<OrderId>();
      await reserve(id, [line(mug, 2)]);
      await confirm(id);
      await confirm(id);
      await release(id);
      expire();
      await lapse();
      expect([await left(mug), await stateOf(id), await failed()]).to.deep.equal([3, 'confirmed', []]);
    });

    it('An overdue reservation is released after its expiry, however many there are, and no other', async () => {
      const mug = await put(200);
      const orders = Array.from({ length: 60 }, () => newId<OrderId>());
      await Promise.all(orders.map((id) => reserve(id, [line(mug, 2)])));
      time += LIMIT_MS;
      await lapse();
      expect(await left(mug), 'exactly as late as allowed').to.equal(80);
      const young = newId<OrderId>();
      await reserve(young, [line(mug, 1)]);
      time += 1;
      await lapse(() => true);
      expect(await left(mug), 'the shop closes').to.equal(79);
      await lapse();
      expect([await left(mug), await stateOf(young)]).to.deep.equal([199, 'reserved']);
    });

    it('An overdue reservation is released once by several processes at once', async () => {
      const mug = await put(50);
      for (let each = 0; each < 10; each += 1) await reserve(newId(), [line(mug, 1)]);
      expire();
      await Promise.all([lapse(), lapse(), lapse()]);
      expect(await left(mug)).to.equal(50);
    });

    it('An overdue reservation that cannot be released leaves the others to be released, and an outage ends the run', async () => {
      const mug = await put(50);
      const orders = [newId<OrderId>(), newId<OrderId>()];
      for (const id of orders) await reserve(id, [line(mug, 1)]);
      expire();
      let calls = 0;
      const failingWith = (error: Error) => ({
        ...{ reservations: subject().outside.reservations, now },
        transact: <T>(work: Work<ReservationPorts, T>): Promise<T> => {
          calls += 1;
          return calls === 1 ? Promise.reject(error) : transact(work);
        },
      });
      const seen: unknown[] = [];
      const onFailure = (id: OrderId) => seen.push(id);
      const outage = failDatabase('busy');
      expect(await outcomeOf(lapseReservations({ ...failingWith(outage), onFailure })(never))).to.equal(
        outage.code,
      );
      expect([seen, await left(mug)]).to.deep.equal([[], 48]);
      calls = 0;
      await lapseReservations({ ...failingWith(new Error('a bug')), onFailure })(never);
      expect([seen.length, await left(mug)]).to.deep.equal([1, 49]);
      await lapse();
      expect(await left(mug)).to.equal(50);
    });

    it('An overdue reservation is confirmed or released when both happen at once, and its stock is held just if it is confirmed', async () => {
      const mug = await put(100);
      for (let round = 0; round < 10; round += 1) {
        const id = newId<OrderId>();
        await reserve(id, [line(mug, 2)]);
        expire();
        const calls = [() => confirm(id), () => lapse(), () => lapse()];
        await Promise.all((round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
        expect(await stateOf(id)).to.equal('confirmed');
      }
      expect([await left(mug), await failed()]).to.deep.equal([80, []]);
    });

    it('An order that is placed after its reservation was released takes its stock again, and returns it once when it is cancelled', async () => {
      const mug = await put(5);
      const id = newId<OrderId>();
      await reserve(id, [line(mug, 2)]);
      expire();
      await lapse();
      expect(await left(mug)).to.equal(5);
      await confirm(id);
      await confirm(id);
      expect([await left(mug), await stateOf(id), await failed()]).to.deep.equal([3, 'confirmed', []]);
      await Promise.all([cancel(id), cancel(id)]);
      expect([await left(mug), await stateOf(id)]).to.deep.equal([5, 'cancelled']);
      const movements = (await ledger(mug))
        .slice(1)
        .map(({ delta, reason, orderId }) => [...[delta, reason, orderId]]);
      expect(movements).to.deep.equal([
        [-2, 'order', id],
        [2, 'adjustment', null],
        [-2, 'adjustment', null],
        [2, 'cancellation', id],
      ]);
    });

    it('An order that is placed after its reservation was released fails when its stock is gone: one event names what is short, and nothing is taken or returned', async () => {
      const [mug, cup] = [await put(2), await put(5)];
      const id = newId<OrderId>();
      await reserve(id, [line(mug, 2), line(cup, 1)]);
      expire();
      await lapse();
      const rival = newId<OrderId>();
      await reserve(rival, [line(mug, 1)]);
      await failed();
      await Promise.all([confirm(id), confirm(id)]);
      expect(await failed()).to.deep.equal([[id, mug]]);
      expect([await left(mug), await left(cup), await stateOf(id)]).to.deep.equal([1, 5, 'failed']);
      await release(id);
      expect(await refusalOf(reserve(id, [line(mug, 2), line(cup, 1)]))).to.equal('reservation_lapsed');
      await cancel(id);
      await cancel(id);
      expect([await left(mug), await left(cup), await stateOf(id)]).to.deep.equal([1, 5, 'cancelled']);
    });

    it('An order that is placed without a reservation fails, unless it has moved stock in one process', async () => {
      const mug = await put(5);
      const [unknown, released, ordinary] = [newId<OrderId>(), newId<OrderId>(), newId<OrderId>()];
      const returned = newId<OrderId>();
      for (const id of [ordinary, returned]) await transact((ports) => takeStock(ports)(id, [line(mug, 1)]));
      await transact((ports) => returnStock(ports)(returned, [line(mug, 1)]));
      await release(released); // and so no stock was ever taken
      await failed();
      for (const id of [unknown, released, ordinary, returned]) {
        await confirm(id);
        await confirm(id);
      }
      expect(await failed()).to.deep.equal([
        [unknown, ''],
        [released, ''],
      ]);
      expect(await left(mug)).to.equal(4);
      expect(await Promise.all([unknown, released, ordinary, returned].map(stateOf))).to.deep.equal([
        'failed',
        'failed',
        null,
        null,
      ]);
    });

    it('A cancelled order returns its stock once, also by several messages at once, and with or without a reservation', async () => {
      const mug = await put(50);
      const [confirmed, purged, ordinary] = [newId<OrderId>(), newId<OrderId>(), newId<OrderId>()];
      for (const id of [confirmed, purged]) {
        await reserve(id, [line(mug, 2)]);
        await confirm(id);
      }
      await transact(({ reservations }) => reservations.purge(new Date(time + 2 * LIMIT_MS), 1000));
      expect(await stateOf(confirmed)).to.equal(null);
      await reserve(newId(), [line(mug, 1)]);
      await transact((ports) => takeStock(ports)(ordinary, [line(mug, 3)]));
      const again = newId<OrderId>();
      await reserve(again, [line(mug, 4)]);
      await confirm(again);
      expect(await left(mug)).to.equal(38);
      for (const [id, expected] of [
        [confirmed, 40],
        [purged, 42],
        [ordinary, 45],
        [again, 49],
      ] as const) {
        await Promise.all([cancel(id), cancel(id), cancel(id)]);
        await cancel(id);
        expect([await left(mug), await stateOf(id)]).to.deep.equal([expected, 'cancelled']);
      }
    });

    it('A cancelled order of which nothing is known returns nothing, and is neither reserved nor placed later', async () => {
      const mug = await put(5);
      const id = newId<OrderId>();
      await Promise.all([cancel(id), cancel(id)]);
      expect(await refusalOf(reserve(id, [line(mug, 1)]))).to.equal('reservation_lapsed');
      await confirm(id);
      expect([await left(mug), await stateOf(id), await failed()]).to.deep.equal([5, 'cancelled', []]);
    });

    it('A cancelled order at the moment of its expiry or of a release returns its stock once', async () => {
      const mug = await put(100);
      for (let round = 0; round < 10; round += 1) {
        const id = newId<OrderId>();
        await reserve(id, [line(mug, 2)]);
        expire();
        const calls = [() => cancel(id), () => lapse(), () => release(id), () => cancel(id)];
        await Promise.all((round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
        expect(await stateOf(id)).to.equal('cancelled');
      }
      expect(await left(mug)).to.equal(100);
    });

    it('Whatever is reserved, released, confirmed, cancelled and expires at once, the ledger adds up, and just confirmed orders hold stock', async () => {
      const [mug, cup] = [await put(30), await put(30)];
      const orders = Array.from({ length: 30 }, () => newId<OrderId>());
      const linesOf = (at: number) => [line(at % 2 === 0 ? mug : cup, 2), line(at % 2 === 0 ? cup : mug, 1)];
      const lives = orders.map(async (id, at) => {
        const reserved = await outcomeOf(
          transact(
            reserveStock({ now })(id, linesOf(at), { expiresAt: new Date(time + (at % 3 === 0 ? -1 : 1)) }),
          ),
        );
        if (reserved !== 'done') return reserved;
        const fates = [
          () => confirm(id),
          () => release(id),
          () => confirm(id).then(() => cancel(id)),
          () => Promise.all([confirm(id), lapse()]),
          () => Promise.all([release(id), confirm(id), reserve(id, linesOf(at)).catch(() => undefined)]),
        ];
        await fates[at % fates.length]?.();
        return 'done';
      });
      const sweeps = Array.from({ length: 4 }, () => lapse());
      const outcomes = await Promise.all(lives);
      await Promise.all(sweeps);
      expect(Object.keys(tally(outcomes))).to.satisfy((codes: string[]) =>
        codes.every((code) => code === 'done' || code === 'out_of_stock'),
      );
      expire();
      await lapse();
      const held = new Map([
        [mug, 0],
        [cup, 0],
      ]);
      for (const [at, id] of orders.entries())
        if ((await stateOf(id)) === 'confirmed')
          for (const { productId, quantity } of linesOf(at))
            held.set(productId, (held.get(productId) ?? 0) + quantity);
      expect([await left(mug), await left(cup)]).to.deep.equal([
        30 - (held.get(mug) ?? 0),
        30 - (held.get(cup) ?? 0),
      ]);
      expect((held.get(mug) ?? 0) + (held.get(cup) ?? 0)).to.be.greaterThan(0);
    });
  });
});

onServer('Galera', 'Reserving stock', () => {
  it('Reserving stock through two nodes at once takes it once for an order, and returns it once, whichever node does what', async () => {
    const database = await openSqlDatabase('Galera');
    const now = () => new Date(START);
    const nodes = [database.sequelize, database.another({ node: 2 })].map((sequelize) => {
      const { transact, outside } = sequelizePersistence(sequelize, USD);
      return { outside, transact: catalogTransactions(transact, now) };
    });
    const [{ transact, outside }, other] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    const created = await performing(transact)(createProduct({ newId, now }))(OPERATOR, {
      ...MUG,
      quantity: 100,
    });
    const mug = created.product.id;
    const left = async () =>
      transact(async ({ stock }) => (await stock.lock([mug])).map(({ quantity }) => quantity));
    const through = (work: () => Work<ReservationPorts, unknown>) =>
      [...nodes, ...nodes].map((node) => node.transact(work()));
    for (let round = 0; round < 3; round += 1) {
      const [kept, lost] = [newId<OrderId>(), newId<OrderId>()];
      const expiresAt = new Date(START - 1);
      for (const id of [kept, lost])
        await Promise.all(through(() => reserveStock({ now })(id, [line(mug, 2)], { expiresAt })));
      expect(await left()).to.deep.equal([100 - 2 * round - 4]);
      await Promise.all([
        ...through(() => confirmReservation(kept)),
        ...through(() => releaseReservation(lost)),
        ...[outside, other.outside].map(({ reservations }, at) =>
          lapseReservations({
            ...{ transact: nodes[at]?.transact ?? transact, reservations, now },
            onFailure: (_id, error) => expect.fail(String(error)),
          })(never),
        ),
      ]);
      expect(await left()).to.deep.equal([100 - 2 * round - 2]);
    }
    await database.close();
  });
});
