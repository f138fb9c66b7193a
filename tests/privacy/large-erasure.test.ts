import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import { erasePerson } from '#src/contexts/privacy/application/erase-person.js';
import { advanceOrder } from '#src/contexts/ordering/application/advance-order.js';
import { continueBulkCancellation } from '#src/contexts/ordering/application/continue-bulk-cancellation.js';
import type { BulkCancellation } from '#src/contexts/ordering/domain/bulk-cancellation.js';
import type { Actor } from '#src/kernel/actor.js';
import type { CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import { transactThrough, type Transact } from '#src/kernel/transact.js';
import { replacing } from '#src/platform/lazily.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { newId } from '../support/builders/ids.js';
import { aShippingAddress } from '../support/builders/ordering.js';
import { next, openedSubject, refusalOf } from '../support/contract-tools.js';
import { everyOrder } from '../support/every-order.js';
import { deliverDue, ownSubscribers } from '../support/own-work.js';
import { forEachPersistence } from '../support/persistences.js';
import { rivalOf } from '../support/rival.js';
import { NOW, shopWithOrders } from '../ordering/shop-with-orders.js';
import { performing } from '../support/performing.js';

const admin: Actor = { id: newId(), sessionId: newId(), role: 'admin', authenticatedAt: new Date(0) };
const patient = new AbortController().signal;
const shippingAddress = aShippingAddress();

/** What one transaction has written. */
interface Writes {
  /** Orders that were written one by one. */
  orders: number;
  /** Orders whose stock it moved. */
  movedStockOf: number;
  /** Orders whose addresses one statement was to remove. */
  addressesOf: number;
  /** Maximum number of stored replies that it was to remove. */
  answers: number;
}

/** The same transactions, which note down what each attempt writes. */
const noting =
  (transact: Transact<Repositories>, notes: Writes[]): Transact<Repositories> =>
  (work) =>
    transact((repositories) => {
      const { orders, stock, idempotency } = repositories;
      const writes: Writes = { orders: 0, movedStockOf: 0, addressesOf: 0, answers: 0 };
      notes.push(writes);
      const noted = replacing(repositories, {
        orders: () => ({
          ...orders,
          update: (order) => {
            writes.orders += 1;
            return orders.update(order);
          },
          removeAddresses: (ids, at) => {
            writes.addressesOf += ids.length;
            return orders.removeAddresses(ids, at);
          },
        }),
        stock: () => ({
          ...stock,
          update: (levels) => {
            writes.movedStockOf += 1;
            return stock.update(levels);
          },
        }),
        idempotency: () => ({
          ...idempotency,
          forget: (person, limit) => {
            writes.answers += limit;
            return idempotency.forget(person, Math.min(limit, 2)); // three are more than it does at once
          },
        }),
      });
      return work(noted);
    });

/** Fails each third transaction, as if the process had died before it; the next attempt is another process's. */
const dying = <Ports>(transact: Transact<Ports>, died: () => void): Transact<Ports> => {
  let count = 0;
  return (work) => {
    count += 1;
    if (count % 3 !== 0) return transact(work);
    died();
    return Promise.reject(new Error('the process has died'));
  };
};

forEachPersistence((name, open) => {
  describe(`The erasure of a customer with many orders on ${name}`, () => {
    const subject = openedSubject(open, 10);
    let notes: Writes[];
    let shop: ReturnType<typeof shopWithOrders>;
    let productId: ProductId;
    let id: CustomerId;
    beforeEach(async () => {
      notes = [];
      const { transact, outside } = subject();
      shop = shopWithOrders({ transact: noting(transact, notes), outside });
      productId = await shop.product(5);
      id = await shop.customer();
      await deliverDue(transact, ownSubscribers(shop));
    });

    const erase = (): Promise<void> => performing(shop.privacy)(erasePerson({ newId }))(OPERATOR, id);
    const confirm = (order: OrderId, transact = shop.ordering) =>
      performing(transact)(advanceOrder)(admin, order, 'confirmed', undefined);
    const deliver = () => deliverDue(subject().transact, ownSubscribers(shop));
    const erasureOf = async (customerId: CustomerId): Promise<BulkCancellation> => {
      const page = { limit: 5, after: null };
      const { items } = await subject().outside.bulkCancellations.list({ customerId }, page);
      expect(items).to.have.length(1);
      return items[0] ?? expect.fail('nothing was begun');
    };
    const keep = (key: string) =>
      subject().transact(async ({ idempotency }) => {
        const request = {
          id: key.repeat(64),
          caller: id,
          fingerprint: key.repeat(64),
          at: NOW,
          quota: 10_000,
        };
        await idempotency.claim(request);
        await idempotency.complete(request, { status: 200, headers: {}, body: shippingAddress }, null);
      });
    const expectNothingLeft = async (pending: number): Promise<void> => {
      for (const order of await everyOrder(subject().outside)(id)) {
        expect(order.shippingAddress).to.equal(null);
        expect(order.status).to.be.oneOf(['cancelled', 'delivered']);
        expect(order.version, 'written more than once').to.equal(2);
      }
      expect(await shop.stockOf(productId)).to.equal(5 + pending);
      expect(await erasureOf(id)).to.include({ reason: 'customer_erased', cancelled: pending });
    };

    it('The erasure of a customer with many orders closes the account first, and does the rest in transactions that each write few rows', async () => {
      const other = await shop.customer();
      await shop.place(60, { customerId: id, productId, shippingAddress });
      await shop.place(600, { customerId: id, productId, status: 'delivered', shippingAddress });
      await shop.place(1, { customerId: other, productId, shippingAddress });
      for (const key of ['a', 'b', 'c']) await keep(key);

      notes.splice(0);
      await erase();
      const { users, customers, orders } = subject().outside;
      expect([await users.find(id), await customers.find(id)]).to.deep.equal([null, null]);
      const nothing = { orders: 0, movedStockOf: 0, addressesOf: 0, answers: 0 };
      expect(notes).to.deep.equal([nothing]);

      notes.splice(0);
      await deliver();
      await expectNothingLeft(60);
      for (const writes of notes) {
        expect(writes.orders, 'orders written one by one').to.be.at.most(1);
        expect(writes.movedStockOf, 'orders whose stock was locked').to.be.at.most(1);
        expect(writes.addressesOf).to.be.at.most(500);
        expect(writes.answers).to.be.at.most(500);
        expect(writes.addressesOf * writes.movedStockOf, 'stock and many orders').to.equal(0);
      }
      // A batch ends behind 25 pending orders, or 500 of any kind.
      expect(notes.map(({ addressesOf }) => addressesOf).filter((count) => count > 0)).to.have.length.above(
        2,
      );
      expect(await subject().transact((ports) => ports.idempotency.forget(id, 5))).to.equal(0);
      const [untouched] = (await orders.list({ customerId: other }, { limit: 2, after: null })).items;
      expect(untouched).to.deep.include({ status: 'pending', version: 1, shippingAddress });
    });

    it('The erasure of a customer without orders starts no batches', async () => {
      await erase();
      const page = { limit: 5, after: null };
      expect((await subject().outside.bulkCancellations.list({ customerId: id }, page)).items).to.deep.equal(
        [],
      );
    });

    it('The erasure of a customer with many orders goes on where it was when the process dies after any of its transactions', async () => {
      await shop.place(30, { customerId: id, productId, shippingAddress });
      await shop.place(5, { customerId: id, productId, status: 'delivered', shippingAddress });
      await keep('d');
      await erase();
      let deaths = 0;
      const died = (): void => {
        deaths += 1;
      };
      const transacts = { privacy: dying(shop.privacy, died), ordering: dying(shop.ordering, died) };
      // A relay delivers the event again until it has been done.
      const persistent = ownSubscribers(transacts).map((mortal) => ({
        ...mortal,
        handle: async (...delivery: Parameters<typeof mortal.handle>) => {
          for (;;) {
            const before = deaths;
            await mortal.handle(...delivery).catch(() => undefined);
            if (deaths === before) return;
            expect(deaths, 'no progress').to.be.below(60);
          }
        },
      }));
      await deliverDue(subject().transact, persistent);
      expect(deaths).to.be.above(10);
      await expectNothingLeft(30);
      expect(await subject().transact((ports) => ports.idempotency.forget(id, 5))).to.equal(0);
    });

    it('The erasure of a customer with many orders does each batch once that two processes are given at once', async () => {
      await shop.place(30, { customerId: id, productId, shippingAddress });
      await shop.place(5, { customerId: id, productId, status: 'delivered', shippingAddress });
      await erase();
      const bulk = await erasureOf(id);
      const batch = (version: number) =>
        continueBulkCancellation({ transact: shop.ordering })(bulk.id, version, patient);
      for (const version of [1, 2, 3]) await Promise.all([batch(version), batch(version)]);
      expect((await erasureOf(id)).finishedAt).not.to.equal(null);
      await expectNothingLeft(30);
    });

    it('The erasure of a customer with many orders wipes an order that an administrator cancels after its batch was read', async () => {
      const [order] = await shop.place(2, { customerId: id, productId, shippingAddress });
      await erase();
      const bulk = await erasureOf(id);
      let transactions = 0;
      const transact: typeof shop.ordering = async (work) => {
        transactions += 1;
        if (transactions === 2)
          await shop.ordering(async ({ orders }) => {
            const found = (await orders.find(order?.id ?? newId())) ?? expect.fail('no order');
            await orders.update(next({ ...found, status: 'cancelled' }));
          });
        return shop.ordering(work);
      };
      await continueBulkCancellation({ transact })(bulk.id, 1, patient);
      for (const each of await everyOrder(subject().outside)(id))
        expect(each).to.deep.include({ status: 'cancelled', shippingAddress: null });
    });

    it('The erasure of a customer with many orders prevents any confirmation of their orders', async () => {
      const [order] = await shop.place(1, { customerId: id, productId, shippingAddress });
      await erase();
      expect(await refusalOf(confirm(order?.id ?? newId()))).to.equal('customer_erased');
    });

    it('The erasure of a customer with many orders waits for an order that is being confirmed, and sees it', async () => {
      const [order] = await shop.place(1, { customerId: id, productId, shippingAddress });
      const rival = rivalOf(erase);
      const slowly = transactThrough(shop.ordering, (ports) => ({
        ...ports,
        audit: {
          ...ports.audit,
          record: async (deed: Parameters<typeof ports.audit.record>[0]): Promise<void> => {
            await rival.meet(() => ports.orders.find(newId()));
            await ports.audit.record(deed);
          },
        },
      }));
      await confirm(order?.id ?? newId(), slowly);
      expect(await rival.outcome).to.equal('open_orders');
      expect(await subject().outside.customers.find(id)).not.to.equal(null);
    });

    it('The erasure of a customer with many orders makes a confirmation wait that comes later, and refuses it', async () => {
      const [order] = await shop.place(1, { customerId: id, productId, shippingAddress });
      const rival = rivalOf(() => confirm(order?.id ?? newId()));
      const slowly = transactThrough(shop.privacy, (ports) => ({
        ...ports,
        audit: {
          ...ports.audit,
          record: async (deed: Parameters<typeof ports.audit.record>[0]): Promise<void> => {
            await rival.meet(() => ports.requests.forget(newId(), 1));
            await ports.audit.record(deed);
          },
        },
      }));
      await performing(slowly)(erasePerson({ newId }))(OPERATOR, id);
      expect(await rival.outcome).to.equal('customer_erased');
      await deliver();
      await expectNothingLeft(1);
    });
  });
});
