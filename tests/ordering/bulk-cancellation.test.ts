import { expect } from 'chai';
import { cancellationSubscriber } from '#src/contexts/ordering/adapters/cancellation-subscriber.js';
import { advanceOrder } from '#src/contexts/ordering/application/advance-order.js';
import {
  cancelOrdersOfDisabledUser,
  requestBulkCancellation,
} from '#src/contexts/ordering/application/bulk-cancellation.js';
import { continueBulkCancellation } from '#src/contexts/ordering/application/continue-bulk-cancellation.js';
import type { OrderingPorts } from '#src/contexts/ordering/application/ports.js';
import {
  BulkCancellation,
  type BulkCancellationId,
} from '#src/contexts/ordering/domain/bulk-cancellation.js';
import type { Administrator } from '#src/kernel/actor.js';
import type { EventId } from '#src/kernel/events.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject, rejectionOf } from '../support/contract-tools.js';
import { forEachPersistence } from '../support/persistences.js';
import { shopWithOrders } from './shop-with-orders.js';
import { performing } from '../support/performing.js';

const admin: Administrator = { id: newId(), sessionId: newId(), role: 'admin', authenticatedAt: new Date(0) };
const patient = new AbortController().signal;

/** Transactions that a process carries out before it dies. */
const dyingAfter = (count: number, transact: Transact<OrderingPorts>): Transact<OrderingPorts> => {
  let left = count;
  return (work) => {
    left -= 1;
    return left < 0 ? Promise.reject(new Error('the process has died')) : transact(work);
  };
};

forEachPersistence((name, open) => {
  describe(`A bulk cancellation on ${name}`, () => {
    const subject = openedSubject(open, 10);
    let shop: ReturnType<typeof shopWithOrders>;
    let productId: ProductId;
    let customerId: CustomerId;
    beforeEach(async () => {
      shop = shopWithOrders(subject());
      productId = await shop.product(5);
      customerId = await shop.customer();
      await shop.deliverTo();
    });

    const request = (): Promise<BulkCancellation> =>
      performing(shop.ordering)(requestBulkCancellation({ newId }))(admin, { customerId });
    const stored = async ({ id }: { readonly id: BulkCancellationId }): Promise<BulkCancellation> =>
      (await subject().outside.bulkCancellations.find(id)) ?? expect.fail('it is gone');
    const entriesAbout = async (action: string) =>
      (await subject().outside.auditEntries.list({ action, actor: admin.id }, { limit: 1000, after: null }))
        .items;

    it('A bulk cancellation cancels orders in batches, each triggered by an event of the one before', async () => {
      await shop.place(60, { customerId, productId });
      const { id } = await request();
      const told = await shop.deliverTo(cancellationSubscriber({ transact: shop.ordering }));
      expect(
        told.filter(({ aggregateId }) => aggregateId === id).map(({ type, version }) => [type, version]),
      ).to.deep.equal([
        ['bulk_cancellation.started', 1],
        ['bulk_cancellation.continued', 2],
        ['bulk_cancellation.continued', 3],
      ]);
      expect(await stored({ id })).to.deep.include({ cancelled: 60, version: 4 });
      expect((await stored({ id })).finishedAt).not.to.equal(null);
      expect(await shop.statusesOf(customerId)).to.deep.equal(Array<string>(60).fill('cancelled 2'));
      expect(await shop.stockOf(productId)).to.equal(65);
      expect(told.filter(({ type }) => type === 'order.cancelled')).to.have.length(60);
    });

    it('A bulk cancellation leaves confirmed orders, those of others and later ones alone', async () => {
      const other = await shop.customer();
      await shop.place(2, { customerId, productId, status: 'confirmed' });
      await shop.place(2, { customerId: other, productId });
      const [first] = await shop.place(30, { customerId, productId });
      const bulk = await request();
      await continueBulkCancellation({ transact: shop.ordering })(bulk.id, 1, patient);
      // Placed while it goes on, later than all that it has read.
      await shop.place(1, { customerId, productId, createdAt: new Date('2027-01-01T00:00:00Z') });
      await shop.deliverTo(cancellationSubscriber({ transact: shop.ordering }));
      const statuses = await shop.statusesOf(customerId);
      expect(statuses.filter((status) => status === 'cancelled 2')).to.have.length(30);
      expect(statuses.filter((status) => status === 'confirmed 1')).to.have.length(2);
      expect(statuses[0], 'the later one').to.equal('pending 1');
      expect(await shop.statusesOf(other)).to.deep.equal(['pending 1', 'pending 1']);
      expect((await subject().outside.orders.find(first?.id ?? newId()))?.status).to.equal('cancelled');
    });

    it('A bulk cancellation leaves alone an order that is confirmed after its batch was read', async () => {
      const [first, second] = await shop.place(2, { customerId, productId });
      if (first === undefined || second === undefined) return expect.fail('nothing was placed');
      const { id } = await request();
      let transactions = 0;
      const transact: Transact<OrderingPorts> = async (work) => {
        transactions += 1;
        if (transactions === 2)
          await performing(shop.ordering)(advanceOrder)(admin, first.id, 'confirmed', undefined);
        return shop.ordering(work);
      };
      await continueBulkCancellation({ transact })(id, 1, patient);
      expect(await shop.statusesOf(customerId)).to.have.members(['confirmed 2', 'cancelled 2']);
      expect(await stored({ id })).to.include({ cancelled: 1 });
      expect(await shop.stockOf(productId)).to.equal(6);
    });

    it('A bulk cancellation goes on where it was when the process dies after any of its transactions', async () => {
      await shop.place(30, { customerId, productId });
      const { id } = await request();
      const before = (await entriesAbout('order.cancelled')).length;
      let deaths = 0;
      // A relay delivers the same event again until it has been done, and then the next.
      for (let bulk = await stored({ id }); bulk.finishedAt === null; bulk = await stored({ id })) {
        const transact = dyingAfter(3, shop.ordering);
        const died = await continueBulkCancellation({ transact })(id, bulk.version, patient).catch(
          () => true,
        );
        if (died === true) deaths += 1;
        expect(deaths, 'no progress').to.be.below(40);
      }
      expect(deaths).to.be.above(10);
      expect(await stored({ id })).to.include({ cancelled: 30 });
      expect(await shop.statusesOf(customerId)).to.deep.equal(Array<string>(30).fill('cancelled 2'));
      expect(await shop.stockOf(productId)).to.equal(35);
      expect(await entriesAbout('order.cancelled')).to.have.length(before + 30);
    });

    it('A bulk cancellation does a batch once that is delivered several times, also at the same time', async () => {
      await shop.place(30, { customerId, productId });
      const { id } = await request();
      const batch = (version: number) =>
        continueBulkCancellation({ transact: shop.ordering })(id, version, patient);
      await Promise.all([batch(1), batch(1), batch(1)]);
      expect(await stored({ id })).to.deep.include({ cancelled: 25, version: 2 });
      await batch(1);
      expect(await stored({ id }), 'of an earlier version').to.deep.include({ cancelled: 25, version: 2 });
      await Promise.all([batch(2), batch(2)]);
      await batch(2);
      await batch(3);
      expect(await stored({ id })).to.deep.include({ cancelled: 30, version: 3 });
      expect(await shop.stockOf(productId)).to.equal(35);
    });

    it('A bulk cancellation stops between two orders when its time is up, and counts those that it has cancelled', async () => {
      await shop.place(10, { customerId, productId });
      const { id } = await request();
      let orders = 0;
      const signal = {
        throwIfAborted: () => {
          orders += 1;
          if (orders > 4) throw new Error('out of time');
        },
      };
      const late = continueBulkCancellation({ transact: shop.ordering })(id, 1, signal);
      expect(await rejectionOf(late)).to.equal('out of time');
      expect(await stored({ id })).to.deep.include({ cancelled: 4, version: 1, finishedAt: null });
    });

    describe('of the orders of a disabled user', () => {
      let event: EventId;
      beforeEach(() => (event = newId()));
      const start = () => performing(shop.ordering)(cancelOrdersOfDisabledUser)(event, customerId);
      const disable = async (): Promise<BulkCancellationId> => {
        await shop.setDisabled(customerId, true);
        await start();
        return BulkCancellation.idOf(event);
      };

      it('A bulk cancellation of the orders of a disabled user is begun by the event of accounts and done once, however often that is delivered', async () => {
        await shop.place(3, { customerId, productId });
        await shop.setDisabled(customerId, true);
        const subscriber = cancellationSubscriber({ transact: shop.ordering });
        const told = await shop.deliverTo(subscriber);
        const event = told.find(({ type }) => type === 'user.disabled') as Parameters<
          typeof subscriber.handle
        >[0];
        expect(event).to.include({ aggregateId: customerId, version: 2 });
        const attempt = { number: 1, isLast: false };
        const handle = () => subscriber.handle(event, patient, attempt);
        await Promise.all([handle(), handle()]);
        await shop.deliverTo(subscriber);
        const { items } = await subject().outside.bulkCancellations.list(
          { customerId },
          { limit: 5, after: null },
        );
        expect(items).to.have.length(1);
        expect(items[0]).to.deep.include({
          id: event.id,
          reason: 'user_disabled',
          requestedBy: null,
          cancelled: 3,
        });
        expect(await shop.statusesOf(customerId)).to.deep.equal(Array<string>(3).fill('cancelled 2'));
        expect(await shop.stockOf(productId)).to.equal(8);
      });

      it('A bulk cancellation of the orders of a disabled user is begun once when the event is delivered again before the first batch', async () => {
        await shop.place(3, { customerId, productId });
        const id = await disable();
        await Promise.all([start(), start()]);
        await start();
        expect(await stored({ id })).to.include({ version: 1, cancelled: 0 });
      });

      it('A bulk cancellation of the orders of a disabled user is not begun without a pending order', async () => {
        await shop.place(1, { customerId, productId, status: 'confirmed' });
        const id = await disable();
        expect(await subject().outside.bulkCancellations.find(id)).to.equal(null);
      });

      it('A bulk cancellation of the orders of a disabled user ends when the user is enabled again, who keeps the orders that are left', async () => {
        await shop.place(30, { customerId, productId });
        const id = await disable();
        const batch = (version: number) =>
          continueBulkCancellation({ transact: shop.ordering })(id, version, patient);
        await batch(1);
        await shop.setDisabled(customerId, false);
        await batch(2);
        expect((await stored({ id })).finishedAt).not.to.equal(null);
        const statuses = await shop.statusesOf(customerId);
        expect(statuses.filter((status) => status === 'pending 1')).to.have.length(5);
      });

      it('A bulk cancellation of the orders of a disabled user goes on for a user who is disabled and then erased', async () => {
        await shop.place(2, { customerId, productId });
        const id = await disable();
        await subject().transact(async ({ users, customers }) => {
          const [user, customer] = [await users.find(customerId), await customers.find(customerId)];
          if (customer !== null) await customers.remove(customer);
          if (user !== null) await users.remove(user);
        });
        await continueBulkCancellation({ transact: shop.ordering })(id, 1, patient);
        expect(await stored({ id })).to.include({ cancelled: 2 });
      });
    });
  });
});
