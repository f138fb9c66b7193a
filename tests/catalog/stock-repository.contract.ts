import { expect } from 'chai';
import { moveStock } from '#src/contexts/catalog/application/move-stock.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import { aMovement, aProduct } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { gate, openedSubject, outcomeOf, outcomeOnce, tally, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';
import { storeProduct, type CatalogStore } from './catalog-store.js';

/** What every `StockRepository` does. */
export const stockRepositoryContract = (name: string, open: OpenSubject<CatalogStore>): void => {
  describe(`Stock on ${name}`, () => {
    const subject = openedSubject(open, 20);

    const stocked = async (quantity: number): Promise<ProductId> =>
      (await storeProduct(subject(), {}, quantity)).id;
    const levelOf = async (id: ProductId) => (await subject().outside.stock.levels([id])).at(0);
    const move = (productId: ProductId, delta: number) =>
      subject().transact(({ stock }) => moveStock({ stock })([{ productId, delta }]));

    it('Stock of a missing product is null, or empty in a list', async () => {
      const { transact, outside } = subject();
      const { id } = aProduct();
      expect(await transact(({ stock }) => stock.lock([id]))).to.deep.equal([]);
      expect(await outside.stock.levels([id])).to.deep.equal([]);
      expect(await outside.stock.levels([])).to.deep.equal([]);
      expect(await move(id, 1)).to.deep.equal([]);
      expect(await outside.stock.movements(id, { limit: 5, after: null })).to.deep.equal({
        items: [],
        next: null,
      });
    });

    it('Stock starts at zero and counts what is added and taken', async () => {
      const productId = await stocked(0);
      expect(await levelOf(productId)).to.deep.equal({ productId, quantity: 0, version: 0 });
      expect(await move(productId, 5)).to.deep.equal([{ productId, quantity: 5, version: 1 }]);
      expect(await move(productId, -5)).to.deep.equal([{ productId, quantity: 0, version: 2 }]);
      expect(await levelOf(productId)).to.deep.equal({ productId, quantity: 0, version: 2 });
    });

    it('Stock is stored for each of many products by one update', async () => {
      const ids = await Promise.all(Array.from({ length: 40 }, (_, at) => stocked(at)));
      const changed = ids.map((productId, at) => ({
        productId,
        quantity: 3 * at,
        version: at === 0 ? 1 : 2,
      }));
      await subject().transact(({ stock }) => stock.update(changed));
      expect(await subject().outside.stock.levels(ids)).to.have.deep.members(changed);
      await subject().transact(({ stock }) => stock.update([]));
    });

    it('Stock is not stored unless all stored versions are the ones before', async () => {
      const [first, second] = [await stocked(2), await stocked(2)];
      const update = (version: number, productId = second) =>
        outcomeOnce(subject().transact, ({ stock }) =>
          stock.update([
            { productId: first, quantity: 1, version: 2 },
            { productId, quantity: 0, version },
          ]),
        );
      for (const version of [1, 3]) expect(await update(version)).to.equal('stale_write');
      expect(await update(2, aProduct().id)).to.equal('stale_write');
      for (const productId of [first, second])
        expect(await levelOf(productId)).to.deep.equal({ productId, quantity: 2, version: 1 });
    });

    it('Stock is stored by one of twenty who have seen the same version', async () => {
      const productId = await stocked(5);
      const writers = Array.from({ length: 20 }, (_, quantity) =>
        outcomeOnce(subject().transact, ({ stock }) => stock.update([{ productId, quantity, version: 2 }])),
      );
      expect(tally(await Promise.all(writers))).to.deep.equal({ done: 1, stale_write: 19 });
    });

    it('Stock is as it was when the transaction fails', async () => {
      const productId = await stocked(3);
      const failing = subject().transact(async ({ stock }) => {
        await moveStock({ stock })([{ productId, delta: -1 }]);
        await stock.record([aMovement({ productId })]);
        throw new Error('changed my mind');
      });
      expect(await failing.catch(String)).to.equal('Error: changed my mind');
      expect(await levelOf(productId)).to.deep.equal({ productId, quantity: 3, version: 1 });
      const ledger = await subject().outside.stock.movements(productId, { limit: 5, after: null });
      expect(ledger.items).to.deep.equal([]);
    });

    it('Stock gives 10 units to exactly 10 of 20 who take one at once', async () => {
      const productId = await stocked(10);
      const taken = await Promise.all(Array.from({ length: 20 }, () => move(productId, -1)));
      const balances = taken.flatMap((levels) => levels.map(({ quantity }) => quantity));
      expect(balances.toSorted((a, b) => b - a)).to.deep.equal([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      expect(await levelOf(productId)).to.deep.equal({ productId, quantity: 0, version: 11 });
    });

    it('Stock never makes two transactions wait for each other', async () => {
      const ids = [await stocked(0), await stocked(0), await stocked(0)];
      const moves = ids.map((productId) => ({ productId, delta: 1 }));
      let attempts = 0;
      const moveAll = (order: typeof moves) =>
        subject().transact(({ stock }) => {
          attempts += 1;
          return moveStock({ stock })(order);
        });
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => moveAll(i % 2 === 0 ? moves : moves.toReversed())),
      );
      expect(attempts).to.equal(20);
      for (const id of ids) expect((await levelOf(id))?.quantity).to.equal(20);
    });

    it('Stock does not change while it is locked', async () => {
      const productId = await stocked(5);
      const locked = gate();
      const recount = subject().transact(async ({ stock }) => {
        const [level] = await stock.lock([productId]);
        locked.open();
        // Far more turns than the rival needs, if nothing stops it.
        const seen = new Set([level?.quantity]);
        for (let i = 0; i < 50; i += 1) seen.add((await stock.levels([productId])).at(0)?.quantity);
        return [...seen];
      });
      await locked.opened;
      const rival = move(productId, -1);
      expect(await recount).to.deep.equal([5]);
      expect(await rival).to.deep.equal([{ productId, quantity: 4, version: 2 }]);
    });

    describe('the ledger', () => {
      it('The ledger reads back what was recorded, the latest movement first', async () => {
        const { transact, outside } = subject();
        const productId = await stocked(0);
        const { id: orderId } = aMovement();
        const movements = [
          aMovement({
            productId,
            sequence: 1,
            reason: 'initial',
            delta: 1_000_000_000,
            balance: 1_000_000_000,
          }),
          aMovement({ productId, sequence: 2, note: '🫖'.repeat(500), delta: -1_000_000_000, balance: 0 }),
          aMovement({ productId, sequence: 3, reason: 'order', orderId: orderId as never }),
          aMovement({ productId, sequence: 4, reason: 'cancellation', orderId: orderId as never }),
          aMovement({ productId, sequence: 5, reason: 'edit' }),
        ];
        await transact(({ stock }) => stock.record(movements));
        await transact(({ stock }) => stock.record([]));
        const page = await outside.stock.movements(productId, { limit: 5, after: null });
        expect(page).to.deep.equal({ items: movements.toReversed(), next: null });
      });

      it('The ledger refuses a second movement of the same number, and of the same order', async () => {
        const { transact, outside } = subject();
        const productId = await stocked(0);
        const { id: orderId } = aMovement();
        const ofOrder = { productId, reason: 'order', orderId: orderId as never } as const;
        const record = (...movements: ReturnType<typeof aMovement>[]) =>
          transact(({ stock }) => stock.record(movements)).then(
            () => 'recorded',
            () => 'refused',
          );
        expect(await record(aMovement({ ...ofOrder, sequence: 1 }))).to.equal('recorded');
        expect(await record(aMovement({ productId, sequence: 1 }))).to.equal('refused');
        expect(await record(aMovement({ ...ofOrder, sequence: 2 }))).to.equal('refused');
        expect(await record(aMovement({ sequence: 1 })), 'of no product').to.equal('refused');
        const { items } = await outside.stock.movements(productId, { limit: 5, after: null });
        expect(items.map(({ sequence }) => sequence)).to.deep.equal([1]);
      });

      it('The ledger knows what an order has taken and not got back', async () => {
        const { transact, outside } = subject();
        const [mug, cup] = [await stocked(0), await stocked(0)];
        const order = newId<OrderId>();
        const movement = (productId: ProductId, sequence: number, delta: number, orderId: OrderId | null) =>
          aMovement({ productId, sequence, delta, orderId, reason: delta < 0 ? 'order' : 'cancellation' });
        await transact(({ stock }) =>
          stock.record([
            movement(mug, 1, -2, order),
            movement(cup, 1, -3, order),
            movement(mug, 2, -5, newId()),
            movement(mug, 3, -5, null),
            movement(cup, 2, 3, order),
          ]),
        );
        expect(await outside.stock.findTaken(order)).to.deep.equal([{ productId: mug, quantity: 2 }]);
        expect(await outside.stock.findTaken(newId())).to.deep.equal([]);
        const returned = newId<OrderId>();
        await transact(({ stock }) =>
          stock.record([movement(cup, 3, -1, returned), movement(cup, 4, 1, returned)]),
        );
        expect(await outside.stock.findTaken(returned)).to.deep.equal([]);
        expect(await outside.stock.hasMoved(returned)).to.equal(true);
        expect(await outside.stock.hasMoved(newId())).to.equal(false);
      });

      it('The ledger neither repeats nor skips while movements are added', async () => {
        const { transact, outside } = subject();
        const productId = await stocked(0);
        let sequence = 0;
        const record = () =>
          transact(({ stock }) => stock.record([aMovement({ productId, sequence: (sequence += 1) })]));
        for (let i = 0; i < 5; i += 1) await record();
        const seen = await walk((page) => outside.stock.movements(productId, page), 2, record);
        expect(seen.map((movement) => movement.sequence)).to.deep.equal([5, 4, 3, 2, 1]);
      });
    });
  });

  describe(`Stock on ${name} with one connection`, () => {
    const subject = openedSubject(open, 1);

    it('Stock with one connection stays inside its transaction in every call', async () => {
      const { transact } = subject();
      const product = aProduct();
      const productId = product.id;
      const work = transact(async ({ products, stock }) => {
        await products.add(product);
        await stock.add(StockLevel.open(productId, 0));
        const levels = await moveStock({ stock })([{ productId, delta: 5 }]);
        expect(await stock.levels([productId])).to.deep.equal(levels);
        const movement = aMovement({ productId });
        await stock.record([movement]);
        expect((await stock.movements(productId, { limit: 1, after: null })).items).to.deep.equal([movement]);
      });
      expect(await outcomeOf(work)).to.equal('done');
    });

    it('Stock with one connection gives 10 units to exactly 10 of 20 who take one at once', async () => {
      const { transact } = subject();
      const { id: productId } = await storeProduct(subject(), {}, 10);
      const take = () => transact(({ stock }) => moveStock({ stock })([{ productId, delta: -1 }]));
      const taken = await Promise.all(Array.from({ length: 20 }, take));
      expect(taken.flat()).to.have.lengthOf(10);
    });
  });
};
