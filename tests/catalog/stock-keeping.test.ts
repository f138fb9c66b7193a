import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { adjustStock } from '#src/contexts/catalog/application/adjust-stock.js';
import { deleteProduct } from '#src/contexts/catalog/application/delete-product.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { editProduct } from '#src/contexts/catalog/application/edit-product.js';
import type { CatalogPorts } from '#src/contexts/catalog/application/ports.js';
import { returnStock } from '#src/contexts/catalog/application/return-stock.js';
import { takeStock } from '#src/contexts/catalog/application/take-stock.js';
import type { Product } from '#src/contexts/catalog/domain/product.js';
import type { WantedLine } from '#src/contexts/catalog/domain/sale.js';
import { DomainError } from '#src/kernel/errors.js';
import type { NewId, OrderId, ProductId } from '#src/kernel/ids.js';
import { transactThrough, type Transact } from '#src/kernel/transact.js';
import { outboxEvents } from '#src/platform/outbox/outbox-events.js';
import { aProduct, dollars } from '../support/builders/catalog.js';
import { gate, openedSubject, outcomeOf, tally } from '../support/contract-tools.js';
import { forEachPersistence } from '../support/persistences.js';
import { performing } from '../support/performing.js';

const newId: NewId = () => v7() as never;
const now = () => new Date('2026-03-01T09:00:00.000Z');

forEachPersistence((name, open) => {
  describe(`Keeping stock on ${name}`, () => {
    const subject = openedSubject(open, 20);
    const transact = <T>(work: (ports: CatalogPorts) => Promise<T>): Promise<T> =>
      transactThrough(subject().transact, ({ products, stock, categories, outbox }) => ({
        ...{ products, stock, categories, newId, now },
        events: outboxEvents({ outbox, newEventId: newId<never> }),
      }))(work);

    const put = async (quantity: number, given: Partial<Product> = {}): Promise<Product> => {
      const { sku, name: title, description, price, categoryId, imageUrl } = aProduct(given);
      const product = { sku, name: title, description, price, categoryId, imageUrl, quantity };
      return (await performing(transact)(createProduct({ newId, now }))(OPERATOR, product)).product;
    };
    const take = (lines: readonly WantedLine[], orderId = newId<OrderId>()) =>
      transact((ports) => takeStock(ports)(orderId, lines));
    const giveBack = (orderId: OrderId, lines: readonly WantedLine[]) =>
      transact((ports) => returnStock(ports)(orderId, lines));
    const adjust = (id: ProductId, delta: number) =>
      performing(transact)(adjustStock)(OPERATOR, id, { delta });
    const recount = (id: ProductId, quantity: number) =>
      performing(transact)(editProduct({ now }))(OPERATOR, id, { quantity }, undefined);
    const remove = (id: ProductId) => performing(transact)(deleteProduct({ now }))(OPERATOR, id, undefined);
    const left = async ({ id }: Product) => (await subject().outside.stock.levels([id])).at(0)?.quantity;
    const ledger = async ({ id }: Product) =>
      (await subject().outside.stock.movements(id, { limit: 100, after: null })).items.toReversed();
    const line = ({ id }: Product, quantity: number): WantedLine => ({ productId: id, quantity });

    it('Keeping stock sells every line at the price and under the name and SKU of that moment', async () => {
      const [mug, pot] = [
        await put(5, { name: 'Mug', sku: 'MUG-1', price: dollars(9) }),
        await put(2, { name: 'Pot' }),
      ];
      const sold = await take([line(pot, 2), line(mug, 1)]);
      expect(sold).to.deep.equal([
        { productId: pot.id, quantity: 2, sku: null, name: 'Pot', unitPrice: pot.price },
        { productId: mug.id, quantity: 1, sku: 'MUG-1', name: 'Mug', unitPrice: dollars(9) },
      ]);
      expect([await left(mug), await left(pot)]).to.deep.equal([4, 0]);
    });

    it('Keeping stock sells no line when some are short, and names each of them with what is left', async () => {
      const [plenty, few, gone] = [await put(5), await put(1), await put(5)];
      await remove(gone.id);
      const wanted = [line(plenty, 5), line(few, 2), line(gone, 1)];
      const refusal = await take(wanted).catch((error: unknown) => error);
      expect(refusal).to.be.instanceOf(DomainError).with.property('code', 'out_of_stock');
      expect(refusal).to.have.deep.property('details', {
        lines: [
          { productId: few.id, requested: 2, available: 1 },
          { productId: gone.id, requested: 1, available: 0 },
        ],
      });
      expect([await left(plenty), await left(few), await left(gone)]).to.deep.equal([5, 1, 5]);
      expect(await ledger(plenty)).to.have.lengthOf(1);
    });

    it('Keeping stock sells 10 units to exactly 10 of 20 who order at once', async () => {
      const mug = await put(10);
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(take([line(mug, 1)]))));
      expect(tally(outcomes)).to.deep.equal({ done: 10, out_of_stock: 10 });
      expect(await left(mug)).to.equal(0);
    });

    it('Keeping stock takes an order’s stock back once, also that of a deleted product', async () => {
      const mug = await put(3);
      const orderId = newId<OrderId>();
      await take([line(mug, 2)], orderId);
      await remove(mug.id);
      await giveBack(orderId, [line(mug, 2)]);
      const again = giveBack(orderId, [line(mug, 2)]).then(
        () => 'given back twice',
        () => 'refused',
      );
      expect(await again).to.equal('refused');
      expect(await left(mug)).to.equal(3);
    });

    it('Keeping stock records every movement, so that the deltas add up to the quantity', async () => {
      const mug = await put(10);
      const orderId = newId<OrderId>();
      await take([line(mug, 4)], orderId);
      await adjust(mug.id, -1);
      await recount(mug.id, 20);
      await recount(mug.id, 20);
      await giveBack(orderId, [line(mug, 4)]);
      const lines = (await ledger(mug)).map(({ sequence, delta, reason, orderId: of, balance }) => [
        ...[sequence, delta, reason, of, balance],
      ]);
      expect(lines).to.deep.equal([
        [1, 10, 'initial', null, 10],
        [2, -4, 'order', orderId, 6],
        [3, -1, 'adjustment', null, 5],
        [4, 15, 'edit', null, 20],
        [5, 4, 'cancellation', orderId, 24],
      ]);
    });

    it('Keeping stock adds up, whatever sales, adjustments and recounts run at the same time', async () => {
      const mug = await put(50);
      const works = Array.from({ length: 5 }, (_, i) => [
        take([line(mug, 3)]),
        adjust(mug.id, 2),
        recount(mug.id, 40 + i),
        take([line(mug, 1)]),
      ]);
      await Promise.all(works.flat());
      const lines = await ledger(mug);
      expect(lines.map(({ sequence }) => sequence)).to.deep.equal(lines.map((_, i) => i + 1));
      let balance = 0;
      for (const movement of lines) {
        balance += movement.delta;
        expect(movement.balance).to.equal(balance);
      }
      expect(await left(mug)).to.equal(balance);
      for (const { balance: counted } of lines.filter(({ reason }) => reason === 'edit'))
        expect(counted).to.be.within(40, 44);
    });

    it('Keeping stock refuses an adjustment below nothing or beyond what can be counted', async () => {
      const mug = await put(5);
      expect(await outcomeOf(adjust(mug.id, -6))).to.equal('stock_out_of_range');
      expect(await outcomeOf(adjust(mug.id, 1_000_000_000))).to.equal('stock_out_of_range');
      expect(await outcomeOf(adjust(aProduct().id, 1))).to.equal('product_not_found');
      expect(await left(mug)).to.equal(5);
      expect(await ledger(mug)).to.have.lengthOf(1);
    });

    describe('with somebody slow between reading and writing', () => {
      /** Ports whose `find` takes so long that whatever can slip in behind it does. */
      const slowly =
        (found: () => void): Transact<CatalogPorts> =>
        (work) =>
          transact(({ products, ...ports }) => {
            const find = async (id: ProductId) => {
              const product = await products.find(id);
              found();
              for (let i = 0; i < 50; i += 1) await products.find(id);
              return product;
            };
            return work({ ...ports, products: { ...products, find } });
          });

      it('Keeping stock with a slow transaction between reading and writing adjusts nothing behind a deletion', async () => {
        const mug = await put(5);
        const found = gate();
        const adjusted = performing(slowly(found.open))(adjustStock)(OPERATOR, mug.id, { delta: 1 });
        await found.opened;
        await remove(mug.id);
        const atDeletion = await ledger(mug);
        expect((await adjusted).balance).to.equal(6);
        expect(await ledger(mug)).to.deep.equal(atDeletion);
      });

      it('Keeping stock with a slow transaction between reading and writing recounts to the figure that was given, whatever is sold meanwhile', async () => {
        const mug = await put(5);
        const found = gate();
        const counted = performing(slowly(found.open))(editProduct({ now }))(
          OPERATOR,
          mug.id,
          { quantity: 40 },
          undefined,
        );
        await found.opened;
        await take([line(mug, 1)]);
        expect((await counted).stock.quantity).to.equal(40);
        expect((await ledger(mug)).map(({ balance }) => balance)).to.deep.equal([5, 40, 39]);
      });

      it('Keeping stock with a slow transaction between reading and writing sells nothing behind a deletion', async () => {
        const mug = await put(5);
        const moved = gate();
        const sold = transact(({ products, ...ports }) => {
          const lockForSale = async (ids: readonly ProductId[]) => {
            const locked = await products.lockForSale(ids);
            moved.open();
            for (let i = 0; i < 50; i += 1) await products.find(mug.id);
            return locked;
          };
          return takeStock({ ...ports, products: { ...products, lockForSale } })(newId(), [line(mug, 1)]);
        });
        await moved.opened;
        await remove(mug.id);
        const atDeletion = await ledger(mug);
        expect(await sold).to.have.lengthOf(1);
        expect(await ledger(mug)).to.deep.equal(atDeletion);
      });
    });
  });
});
