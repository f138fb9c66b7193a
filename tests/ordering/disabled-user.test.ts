import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import { changeUser } from '#src/contexts/accounts/application/change-user.js';
import { cancellationSubscriber } from '#src/contexts/ordering/adapters/cancellation-subscriber.js';
import { placeOrder } from '#src/contexts/ordering/application/place-order.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { transactThrough } from '#src/kernel/transact.js';
import { addToCart } from '#src/contexts/cart/application/change-cart.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, anOrderLine } from '../support/builders/ordering.js';
import { openedSubject, refusalOf } from '../support/contract-tools.js';
import { eventually } from '../support/eventually.js';
import { forEachPersistence } from '../support/persistences.js';
import { rivalOf } from '../support/rival.js';
import { anOrderedShopper, expectProblem, stockOf } from '../support/shopping.js';
import { forEachShop, testShop } from '../support/test-shop.js';
import { now, shopWithOrders } from './shop-with-orders.js';
import { performing } from '../support/performing.js';

forEachPersistence((name, open) => {
  describe(`A user who is disabled while ordering on ${name}`, () => {
    const subject = openedSubject(open, 10);
    let shop: ReturnType<typeof shopWithOrders>;
    let productId: ProductId;
    let customerId: CustomerId;
    beforeEach(async () => {
      shop = shopWithOrders(subject());
      productId = await shop.product(5);
      customerId = await shop.customer();
    });
    const order = () => performing(shop.ordering)(placeOrder({ newId, now, maxPending: 0 }))(customerId, {});

    it('A user who is disabled while ordering is disabled after the order that is being placed, which is cancelled', async () => {
      const rival = rivalOf(() => shop.setDisabled(customerId, true));
      await shop.ordering(async ({ buyers, orders }) => {
        await buyers.admit(customerId);
        await rival.meet(() => orders.find(newId()));
        expect(rival.hasEnded(), 'disabled while the order is being placed').to.equal(false);
        await orders.add(anOrder({ customerId, lines: [anOrderLine({ productId, quantity: 1 })] }));
      });
      expect(await rival.outcome).to.equal('done');
      await shop.deliverTo(cancellationSubscriber({ transact: shop.ordering }));
      expect(await shop.statusesOf(customerId)).to.deep.equal(['cancelled 2']);
    });

    it('A user who is disabled while ordering is refused the order that comes later, and keeps the cart', async () => {
      await performing(shop.cart)(addToCart)(customerId, { productId, quantity: 1 }, undefined);
      const rival = rivalOf(order);
      const slowly = transactThrough(shop.accounts, (ports) => ({
        ...ports,
        audit: {
          ...ports.audit,
          record: async (deed: Parameters<typeof ports.audit.record>[0]): Promise<void> => {
            await rival.meet(() => ports.users.find(customerId));
            await ports.audit.record(deed);
          },
        },
      }));
      await performing(slowly)(changeUser)(OPERATOR, customerId, { disabled: true });
      expect(await rival.outcome).to.equal('account_disabled');
      expect(await shop.statusesOf(customerId)).to.deep.equal([]);
      expect((await subject().outside.carts.find(customerId))?.lines).to.have.length(1);
      expect(await shop.stockOf(productId)).to.equal(5);
      await shop.setDisabled(customerId, false);
      await order();
      expect(await shop.statusesOf(customerId)).to.deep.equal(['pending 1']);
    });

    it('A user who is disabled while ordering is refused every order as long as the account is disabled', async () => {
      await performing(shop.cart)(addToCart)(customerId, { productId, quantity: 1 }, undefined);
      await shop.setDisabled(customerId, true);
      expect(await refusalOf(order())).to.equal('account_disabled');
    });
  });
});

forEachShop((name, open) => {
  describe(`The pending orders of a user whom an administrator disables on ${name}`, () => {
    it('The pending orders of a user whom an administrator disables are cancelled some time afterwards, and the others are not', async () => {
      const shop = await open();
      const admin = { token: shop.adminToken };
      const [ada, bob, eve] = [
        await anOrderedShopper(shop),
        await anOrderedShopper(shop),
        await anOrderedShopper(shop),
      ];
      const statusOf = async (id: string) => (await shop.get(`/orders/${id}`, admin)).body.status as string;
      await shop.patch(`/orders/${bob.orderId}`, { ...admin, json: { status: 'confirmed' } });
      for (const { shopper } of [ada, bob])
        expect(
          (await shop.patch(`/users/${shopper.id}`, { ...admin, json: { disabled: true } })).status,
        ).to.equal(200);
      await eventually(
        async () => (await statusOf(ada.orderId)) === 'cancelled',
        'the order to be cancelled',
      );
      expect(await stockOf(shop, ada.productId)).to.include({ quantity: 5, sum: 5 });
      expect(await statusOf(bob.orderId)).to.equal('confirmed');
      expect(await statusOf(eve.orderId)).to.equal('pending');
      const log = await shop.get(`/audit-log?subject=${ada.orderId}`, admin);
      expect(log.body.items).to.have.length(1);
      expect(log.body.items[0]).to.include({ action: 'order.cancelled', actorId: null });
      const list = await shop.get(`/orders/cancellations?customerId=${ada.shopper.id}`, admin);
      expect(list.body.items).to.have.length(1);
      expect(list.body.items[0]).to.include({ reason: 'user_disabled', requestedBy: null, cancelled: 1 });
      await shop.close();
    });
  });
});

describe('A disabled user', () => {
  it('A disabled user can not order any more', async () => {
    const shop = await testShop();
    const { shopper, productId } = await anOrderedShopper(shop);
    await shopper.put(productId);
    await shop.patch(`/users/${shopper.id}`, { token: shop.adminToken, json: { disabled: true } });
    expectProblem(await shopper.order(), 401, 'invalid_token');
    await shop.close();
  });
});
