import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import { addToCart } from '#src/contexts/cart/application/change-cart.js';
import { addAddress } from '#src/contexts/customers/application/address-book.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { createCustomer } from '#src/contexts/customers/application/create-customer.js';
import { erasePerson } from '#src/contexts/privacy/application/erase-person.js';
import { exportPersonalData } from '#src/contexts/privacy/application/export-personal-data.js';
import type { PersonalDataList } from '#src/contexts/privacy/application/ports.js';
import type { CustomersPorts } from '#src/contexts/customers/application/ports.js';
import { placeOrder } from '#src/contexts/ordering/application/place-order.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';
import { transactThrough, type Transact } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import type { ContextPorts } from '#src/main/contexts.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { everyOrder } from '../support/every-order.js';
import { anEmail, aSession, aTokenHash } from '../support/builders/accounts.js';
import { hashPlace } from '../support/places.js';
import { anAddressWish } from '../support/builders/customers.js';
import { newId } from '../support/builders/ids.js';
import { anOrder } from '../support/builders/ordering.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { openedSubject, outcomeOf, refusalOf, tally } from '../support/contract-tools.js';
import { finishErasure } from '../support/own-work.js';
import { rivalOf } from '../support/rival.js';
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

const LIST: PersonalDataList = {
  name: 'orders',
  pages: async function* () {
    yield await Promise.resolve([]);
  },
};

forEachPersistence((name, open) => {
  describe(`Erasure on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const through =
      <Context extends keyof ContextPorts>(ports: (repositories: Repositories) => ContextPorts[Context]) =>
      <T>(work: (ports: ContextPorts[Context]) => Promise<T>): Promise<T> =>
        transactThrough(subject().transact, ports)(work);
    const customers: Transact<CustomersPorts> = through<'customers'>(bind.ports('customers'));
    const privacy = through<'privacy'>(bind.ports('privacy'));
    const ordering = through<'ordering'>(bind.ports('ordering'));
    const cart = through<'cart'>(bind.ports('cart'));
    const erase = (id: CustomerId): Promise<void> =>
      performing(privacy)(erasePerson({ newId }))(OPERATOR, id);
    const finish = (id: CustomerId): Promise<void> => finishErasure({ privacy, ordering }, id);
    const readers = () => bind.queries(subject().outside).privacy;
    const order = performing(ordering)(placeOrder({ newId, now, maxPending: 0 }));

    /** A customer with an account, a session, an address and something in the cart. */
    const aShopper = async (productId: ProductId): Promise<CustomerId> => {
      const entry = { name: 'Ada', email: anEmail(`${newId()}@example.com`), phone: null };
      const { id } = await performing(customers)(createCustomer({ newId }))(OPERATOR, entry);
      await performing(customers)(addAddress({ newId }))(id, anAddressWish());
      await subject().transact(({ sessions }) => sessions.add(aSession(id), aTokenHash(), now()));
      await performing(cart)(addToCart)(id, { productId, quantity: 1 }, undefined);
      return id;
    };
    const aProduct = async (quantity: number): Promise<ProductId> => {
      const content = {
        sku: null,
        name: 'Teapot',
        description: '',
        price: Money.of(1250, USD),
        categoryId: null,
        imageUrl: null,
      };
      const create = performing(through<'catalog'>(bind.ports('catalog')))(createProduct({ newId, now }));
      return (await create(OPERATOR, { ...content, quantity })).product.id;
    };
    const traces = async (id: CustomerId) => {
      const { users, sessions, customers: profiles, carts, orders } = subject().outside;
      return {
        user: await users.find(id),
        sessions: await sessions.listOf(id),
        profile: await profiles.find(id),
        cart: await carts.find(id),
        orders: await everyOrder({ orders })(id),
      };
    };
    const stockOf = async (productId: ProductId): Promise<number | undefined> =>
      (await subject().outside.stock.levels([productId]))[0]?.quantity;

    it('An erasure leaves nothing but orders that name no person', async () => {
      const productId = await aProduct(5);
      const id = await aShopper(productId);
      const pending = await order(id, {});
      expect(pending.shippingAddress).not.to.equal(null);
      await performing(cart)(addToCart)(id, { productId, quantity: 1 }, undefined);
      await erase(id);
      await finish(id);
      const { orders, ...rest } = await traces(id);
      expect(rest).to.deep.equal({ user: null, sessions: [], profile: null, cart: null });
      expect(orders).to.have.length(1);
      expect(orders[0]).to.include({ id: pending.id, status: 'cancelled', shippingAddress: null });
      expect(await stockOf(productId)).to.equal(5);
    });

    it('An erasure changes nothing when it is refused', async () => {
      const productId = await aProduct(5);
      const id = await aShopper(productId);
      await order(id, {});
      await performing(cart)(addToCart)(id, { productId, quantity: 1 }, undefined);
      await subject().transact(({ orders }) => orders.add(anOrder({ customerId: id, status: 'shipped' })));
      const before = await traces(id);
      expect(await refusalOf(erase(id))).to.equal('open_orders');
      expect(await traces(id)).to.deep.equal(before);
      expect(await stockOf(productId)).to.equal(4);
    });

    it('An erasure waits for an order that is being placed, and sees it', async () => {
      const id = await aShopper(await aProduct(5));
      const rival = rivalOf(() => erase(id));
      await ordering(async ({ addresses, orders }) => {
        const shippingAddress = await addresses.choose(id, undefined);
        await rival.meet(() => orders.find(newId()));
        await orders.add(anOrder({ customerId: id, status: 'confirmed', shippingAddress }));
      });
      expect(await rival.outcome).to.equal('open_orders');
      expect((await traces(id)).profile).not.to.equal(null);
    });

    it('An erasure makes a later order wait, which is then refused', async () => {
      const id = await aShopper(await aProduct(5));
      const rival = rivalOf(() => order(id, {}));
      const slowly = transactThrough(privacy, (ports) => ({
        ...ports,
        erasers: ports.erasers.flatMap((erase, index) =>
          index === 2 // the profile is gone, the cart is not
            ? [erase, () => rival.meet(() => ports.profiles.versionOf(id).catch(() => 0))]
            : [erase],
        ),
      }));
      await performing(slowly)(erasePerson({ newId }))(OPERATOR, id);
      expect(await rival.outcome).to.equal('customer_not_found');
      expect((await traces(id)).orders).to.deep.equal([]);
    });

    it('An erasure waits for the first part of an export, and makes the rest fail that is read after it', async () => {
      const id = await aShopper(await aProduct(5));
      const rival = rivalOf(() => erase(id));
      const slowly = transactThrough(privacy, (ports) => ({
        ...ports,
        audit: {
          ...ports.audit,
          record: async (deed: Parameters<typeof ports.audit.record>[0]): Promise<void> => {
            await rival.meet(() => ports.profiles.versionOf(id));
            await ports.audit.record(deed);
          },
        },
      }));
      const exportData = performing(slowly)(exportPersonalData({ ...readers(), lists: [LIST] }));
      const { members, lists, confirm } = await exportData(OPERATOR, id);
      expect(members).to.have.all.keys('account', 'customer', 'cart');
      expect(lists.map(({ name: list }) => list)).to.deep.equal(['orders']);
      expect(await rival.outcome).to.equal('done');
      expect(await outcomeOf(confirm())).to.equal('customer_not_found');
    });

    it('An erasure is not noticed by an export that was complete before', async () => {
      const id = await aShopper(await aProduct(5));
      const exportData = performing(privacy)(exportPersonalData({ ...readers(), lists: [LIST] }));
      expect(await outcomeOf((await exportData(OPERATOR, id)).confirm())).to.equal('done');
    });

    it('An erasure and concurrent orders leave neither personal data nor missing stock behind', async () => {
      const productId = await aProduct(100);
      const ids = await Promise.all(Array.from({ length: 8 }, () => aShopper(productId)));
      const orders = Promise.all(ids.map((id) => outcomeOf(order(id, {}))));
      const erasures = await Promise.all(ids.map((id) => outcomeOf(erase(id))));
      expect(tally(erasures)).to.deep.equal({ done: 8 });
      expect(await orders).to.satisfy((outcomes: readonly string[]) =>
        outcomes.every((outcome) => outcome === 'done' || outcome === 'customer_not_found'),
      );
      for (const id of ids) {
        await finish(id);
        const { orders, ...rest } = await traces(id);
        expect(rest).to.deep.equal({ user: null, sessions: [], profile: null, cart: null });
        for (const each of orders) expect(each).to.include({ status: 'cancelled', shippingAddress: null });
      }
      expect(await stockOf(productId)).to.equal(100);
    });

    it('An erasure happens once when it is requested twice at once', async () => {
      const id = await aShopper(await aProduct(5));
      const outcomes = await Promise.all([erase(id), erase(id)].map(outcomeOf));
      expect(outcomes.filter((outcome) => outcome === 'done')).to.have.length(1);
      expect((await traces(id)).profile).to.equal(null);
    });
  });
});
