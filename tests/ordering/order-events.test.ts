import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import { addToCart } from '#src/contexts/cart/application/change-cart.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { createCustomer } from '#src/contexts/customers/application/create-customer.js';
import { advanceOrder } from '#src/contexts/ordering/application/advance-order.js';
import { cancelOrder } from '#src/contexts/ordering/application/cancel-order.js';
import { placeOrder } from '#src/contexts/ordering/application/place-order.js';
import type { OrderingPorts } from '#src/contexts/ordering/application/ports.js';
import type { Order } from '#src/contexts/ordering/domain/order.js';
import type { Actor } from '#src/kernel/actor.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';
import { transactThrough, type Transact } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import type { ContextPorts } from '#src/main/contexts.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { everyOrder } from '../support/every-order.js';
import { anEmail } from '../support/builders/accounts.js';
import { hashPlace } from '../support/places.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject, rejectionOf } from '../support/contract-tools.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { performing } from '../support/performing.js';

const now = (): Date => new Date('2026-03-01T12:00:00.000Z');
const bind = bindings({
  now,
  newId,
  hashPlace,
  config: { currency: USD, requireVerifiedEmail: false },
  webhookSurplus: { isPossible: false },
  eventSenders: [],
  productCopies: productCopies({ now }),
});

forEachPersistence((name, open) => {
  describe(`An order and its event on ${name}`, () => {
    const subject = openedSubject(open, 5);
    const through =
      <Context extends keyof ContextPorts>(ports: (repositories: Repositories) => ContextPorts[Context]) =>
      <T>(work: (ports: ContextPorts[Context]) => Promise<T>): Promise<T> =>
        transactThrough(subject().transact, ports)(work);
    const ordering: Transact<OrderingPorts> = through<'ordering'>(bind.ports('ordering'));

    /** Fails when the event is to be appended: the order must not stay without it. */
    const mute: Transact<OrderingPorts> = transactThrough(ordering, (ports) => ({
      ...ports,
      events: { append: () => Promise.reject(new Error('no room for the event')) },
    }));
    /** Fails after all that the use case does: the event must not stay without the order. */
    const failing: Transact<OrderingPorts> = (work) =>
      ordering(async (ports) => {
        await work(ports);
        throw new Error('no commit');
      });

    const admin: Actor = { id: newId(), sessionId: newId(), role: 'admin', authenticatedAt: now() };
    let productId: ProductId;
    let customerId: CustomerId;

    const fill = () =>
      performing(through<'cart'>(bind.ports('cart')))(addToCart)(
        customerId,
        { productId, quantity: 1 },
        undefined,
      );
    const place = (transact: Transact<OrderingPorts>) =>
      performing(transact)(placeOrder({ newId, now, maxPending: 0 }))(customerId, {});

    beforeEach(async () => {
      const content = { name: 'Teapot', description: '', price: Money.of(1250, USD), categoryId: null };
      const create = performing(through<'catalog'>(bind.ports('catalog')))(createProduct({ newId, now }));
      productId = (await create(OPERATOR, { ...content, sku: null, imageUrl: null, quantity: 5 })).product.id;
      const enter = performing(through<'customers'>(bind.ports('customers')))(createCustomer({ newId }));
      customerId = (
        await enter(OPERATOR, { name: 'Ada', email: anEmail(`${newId()}@example.com`), phone: null })
      ).id;
      await fill();
    });

    /** All that is stored of the customer's orders, with the events that wait to be delivered of them. */
    const stored = async () => {
      const { orders, carts, stock } = subject().outside;
      const all = await everyOrder({ orders })(customerId);
      const ids = new Set<string>(all.map(({ id }) => id));
      const told: string[] = [];
      // In a transaction that is rolled back: only dispatching shows an event whole.
      const look = subject().transact(async (ports) => {
        for (const { type, aggregateId, version, data } of await ports.outbox.dispatch(10_000))
          if (ids.has(aggregateId) || Object.values(data).some((id) => id === customerId))
            told.push(`${type} ${String(version)}`);
        throw new Error('only looked');
      });
      expect(await rejectionOf(look)).to.equal('only looked');
      return {
        orders: all.map(({ status, version }) => `${status} ${String(version)}`),
        events: told,
        stock: (await stock.levels([productId]))[0]?.quantity,
        cart: (await carts.find(customerId))?.lines.length,
      };
    };
    const untouched = async (work: (transact: Transact<OrderingPorts>) => Promise<unknown>) => {
      const before = await stored();
      expect(await rejectionOf(work(mute))).to.equal('no room for the event');
      expect(await stored()).to.deep.equal(before);
      expect(await rejectionOf(work(failing))).to.equal('no commit');
      expect(await stored()).to.deep.equal(before);
    };
    const placed = (): Promise<Order> => place(ordering);

    it('An order and its event are stored together or not at all', async () => {
      await untouched(place);
      expect(await stored()).to.deep.equal({ orders: [], events: [], stock: 5, cart: 1 });
      await placed();
      expect(await stored()).to.deep.equal({
        orders: ['pending 1'],
        events: ['order.placed 1'],
        stock: 4,
        cart: 0,
      });
    });

    it('An order and its event move on together or not at all', async () => {
      const { id } = await placed();
      await untouched((transact) => performing(transact)(advanceOrder)(admin, id, 'confirmed', undefined));
      expect((await stored()).orders).to.deep.equal(['pending 1']);
    });

    it('An order and its event are cancelled together or not at all', async () => {
      const { id } = await placed();
      await untouched((transact) => performing(transact)(cancelOrder)(admin, id, undefined));
      expect(await stored()).to.include({ stock: 4 });
    });
  });
});
