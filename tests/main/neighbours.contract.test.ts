import { expect } from 'chai';
import { reserveStock } from '#src/contexts/catalog/application/reserve-stock.js';
import { releaseReservation } from '#src/contexts/catalog/application/release-reservation.js';
import type { Reservations } from '#src/contexts/ordering/application/ports.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { CustomerId, OrderId, ProductId, UserId } from '#src/kernel/ids.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { newId } from '../support/builders/ids.js';
import { eventually } from '../support/eventually.js';
import { aProduct } from '../support/shopping.js';
import {
  testServiceShop,
  testShop,
  type OpenShop,
  type ServicesUnderTest,
  type ShopUnderTest,
} from '../support/test-shop.js';

/** The reservations that ordering uses; in one process, which takes stock without one, those of the catalogue itself. */
const reservationsOf = ({ shop }: ShopUnderTest | ServicesUnderTest): Reservations => {
  const remote = 'services' in shop ? shop.services.transaction.parts.reservations : null;
  const { transact } = shop.parts.contexts.catalog;
  const now = () => new Date();
  return (
    remote ?? {
      reserve: (order, lines, forMs) =>
        transact(reserveStock({ now })(order, lines, { expiresAt: new Date(now().getTime() + forMs) })),
      release: async (order) => {
        await transact(releaseReservation(order));
      },
    }
  );
};

/** Where the contexts are: a port that one of them answers for another behaves alike in both. */
const SHAPES: Readonly<Record<string, OpenShop>> = {
  'in the same process': testShop,
  'in another process': testServiceShop,
};

for (const [where, open] of Object.entries(SHAPES))
  describe(`A neighbour ${where}`, () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    const contexts = () => shop.shop.parts.contexts;
    const idOf = async (): Promise<CustomerId> => (await shop.signUp()).id as CustomerId;
    const erased = async (): Promise<CustomerId> => {
      const { id, token } = await shop.signUp();
      expect((await shop.delete('/customers/me', { token })).status).to.equal(204);
      await eventually(
        async () => (await shop.get(`/customers/${id}`, { token: shop.adminToken })).status === 404,
        'the end of the profile',
      );
      return id as CustomerId;
    };
    const codeOf = (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => 'done',
        (error: unknown) => (isDomainError(error) ? error.code : String(error)),
      );

    it(`A neighbour ${where} finds an account as it is, and none where there is none`, async () => {
      const { id, email } = await shop.signUp({ name: 'Grace' });
      const find = (wanted: string) =>
        contexts().customers.transact(({ accounts }) => accounts.find(wanted as CustomerId));
      const found = await find(id);
      expect({ name: found?.name, email: found?.email }).to.deep.equal({ name: 'Grace', email });
      expect(await find(newId())).to.equal(null);
      expect(await find(await erased())).to.equal(null);
    });

    it(`A neighbour ${where} identifies accounts, and finds one by its e-mail address`, async () => {
      const { contacts } = contexts().ordering.queries;
      const [{ id, email }, gone] = [await shop.signUp({ name: 'Grace' }), await erased()];
      const found = await contacts.findAll([id as CustomerId, gone, newId()]);
      expect([...found]).to.deep.equal([[id, { name: 'Grace', email, version: 1 }]]);
      expect([...(await contacts.findAll([]))]).to.deep.equal([]);
      expect(await contacts.findByEmail(requireEmailAddress(email.toUpperCase()))).to.equal(id);
      expect(await contacts.findByEmail(requireEmailAddress('nobody@customers.test'))).to.equal(null);
    });

    it(`A neighbour ${where} opens an account, and refuses an address that is taken`, async () => {
      const make = (id: CustomerId, email: string) =>
        contexts().customers.transact(({ accounts }) =>
          accounts.open({ id, name: 'Opened', email: requireEmailAddress(email) }),
        );
      const id = newId<CustomerId>();
      await make(id, 'opened@customers.test');
      const account = await contexts().customers.transact(({ accounts }) => accounts.find(id));
      expect(account?.email).to.equal('opened@customers.test');
      expect(await codeOf(make(newId(), 'opened@customers.test'))).to.equal('email_taken');
    });

    it(`A neighbour ${where} renames an account, and does nothing where there is none`, async () => {
      const id = await idOf();
      const rename = (wanted: CustomerId) =>
        contexts().customers.transact(({ accounts }) => accounts.rename(wanted, 'Renamed'));
      await rename(id);
      await rename(newId());
      const account = await contexts().customers.transact(({ accounts }) => accounts.find(id));
      expect(account?.name).to.equal('Renamed');
    });

    it(`A neighbour ${where} describes products, also deleted ones, and leaves out what never was one`, async () => {
      const [teapot, gone] = [await aProduct(shop, { name: 'Pot' }), await aProduct(shop, { name: 'Gone' })];
      const token = shop.adminToken;
      expect((await shop.delete(`/products/${gone}`, { token })).status).to.equal(204);
      const ids = [teapot, gone, newId<ProductId>()] as ProductId[];
      const described = await contexts().cart.transact(({ products }) => products.describe(ids));
      const outside = await contexts().cart.queries.products.describe(ids);
      const plain = (products: typeof described) =>
        products
          .map(({ name, price, available, gone: isGone }) => [name, price.minor, available, isGone])
          .sort((one, other) => String(one[0]).localeCompare(String(other[0])));
      expect(plain(described)).to.deep.equal([
        ['Gone', 1250, 0, true],
        ['Pot', 1250, 5, false],
      ]);
      expect(plain(outside)).to.deep.equal(plain(described));
      expect(await contexts().cart.transact(({ products }) => products.describe([]))).to.deep.equal([]);
    });

    it(`A neighbour ${where} locks a customer who is there, and refuses one who is not or is erased`, async () => {
      const lock = (id: CustomerId) => contexts().cart.transact(({ customers }) => customers.lock(id));
      await lock(await idOf());
      for (const id of [newId<CustomerId>(), await erased()])
        expect(await codeOf(lock(id))).to.equal('customer_not_found');
      const lockOf = (id: CustomerId) => contexts().ordering.transact(({ customers }) => customers.lock(id));
      await lockOf(await idOf());
      expect(await codeOf(lockOf(newId()))).to.equal('customer_erased');
    });

    it(`A neighbour ${where} chooses the default address or that of an id, and refuses another one's`, async () => {
      const [ada, bea] = [await shop.signUp(), await shop.signUp()];
      const choose = (id: string, address?: string) =>
        contexts().ordering.transact(({ addresses }) =>
          addresses.choose(id as CustomerId, address as Parameters<typeof addresses.choose>[1]),
        );
      expect(await choose(ada.id)).to.equal(null);
      const add = async (line1: string): Promise<string> => {
        const json = { line1, city: 'London', postalCode: 'N1', country: 'GB' };
        const { status, body } = await shop.post('/customers/me/addresses', { token: ada.token, json });
        expect(status, JSON.stringify(body)).to.equal(201);
        return body.id as string;
      };
      const [first, second] = [await add('1 High Street'), await add('2 High Street')];
      expect((await choose(ada.id))?.line1).to.equal('1 High Street');
      expect((await choose(ada.id, second))?.line1).to.equal('2 High Street');
      expect(await codeOf(choose(ada.id, newId()))).to.equal('unknown_address');
      expect(await codeOf(choose(bea.id, first))).to.equal('unknown_address');
    });

    it(`A neighbour ${where} admits a buyer whose account is enabled, and no other`, async () => {
      const id = await idOf();
      const admit = () => contexts().ordering.transact(({ buyers }) => buyers.admit(id));
      const isEnabled = (wanted: CustomerId) =>
        contexts().ordering.transact(({ buyers }) => buyers.isEnabled(wanted));
      await admit();
      expect([await isEnabled(id), await isEnabled(newId())]).to.deep.equal([true, false]);
      const json = { disabled: true };
      expect((await shop.patch(`/users/${id}`, { token: shop.adminToken, json })).status).to.equal(200);
      expect(await codeOf(admit())).to.equal('account_disabled');
      expect(await isEnabled(id)).to.equal(false);
    });

    it(`A neighbour ${where} authenticates each token for itself, and none of a session that has ended`, async () => {
      const { authenticate } = shop.shop.parts;
      const [ada, bea] = [await shop.signUp(), await shop.signUp()];
      const both = async () =>
        (await Promise.all([ada.token, 'no.such.token', bea.token, ada.token].map(authenticate))).map(
          (actor) => actor?.id ?? null,
        );
      const [adasActor, beasActor] = [ada.id, bea.id];
      expect(await both()).to.deep.equal([adasActor, null, beasActor, adasActor]);
      expect((await shop.post('/auth/logout', { token: ada.token })).status).to.equal(204);
      expect(await both()).to.deep.equal([null, null, beasActor, null]);
      for (const odd of ['', 'x'.repeat(5000), 'a b.c.d', '\u0000.a.b'])
        expect(await authenticate(odd), odd.slice(0, 10)).to.equal(null);
    });

    it(`A neighbour ${where} reserves every line or none, once for an order, at the prices of now`, async () => {
      const reservations = reservationsOf(shop);
      const [cup, rare] = [
        await aProduct(shop, { name: 'Cup', quantity: 9 }),
        await aProduct(shop, { name: 'Rare', quantity: 1 }),
      ] as [ProductId, ProductId];
      const left = async (id: string) => (await shop.get(`/products/${id}`)).body.quantity as number;
      const short = [
        { productId: cup, quantity: 2 },
        { productId: rare, quantity: 2 },
      ];
      expect(await codeOf(reservations.reserve(newId<OrderId>(), short, 60_000))).to.equal('out_of_stock');
      const [order, lines] = [newId<OrderId>(), [{ productId: cup, quantity: 2 }]];
      for (let again = 0; again < 2; again += 1) {
        const sold = await reservations.reserve(order, lines, 60_000);
        expect(sold.map(({ name, quantity, unitPrice }) => [name, quantity, unitPrice.minor])).to.deep.equal([
          ['Cup', 2, 1250],
        ]);
      }
      expect([await left(cup), await left(rare)]).to.deep.equal([7, 1]);
    });

    it(`A neighbour ${where} releases what is reserved, once, and refuses a reservation that comes later`, async () => {
      const reservations = reservationsOf(shop);
      const productId = (await aProduct(shop, { quantity: 3 })) as ProductId;
      const lines = [{ productId, quantity: 3 }];
      const [early, late] = [newId<OrderId>(), newId<OrderId>()];
      await reservations.reserve(early, lines, 60_000);
      await reservations.release(early);
      await reservations.release(early);
      await reservations.release(late);
      for (const order of [early, late])
        expect(await codeOf(reservations.reserve(order, lines, 60_000))).to.equal('reservation_lapsed');
      expect((await shop.get(`/products/${productId}`)).body.quantity).to.equal(3);
    });

    /** Places an order for a new customer. */
    const withAnOrder = async () => {
      const person = await shop.signUp();
      const { token } = person;
      const json = { productId: await aProduct(shop, { quantity: 3 }), quantity: 1 };
      expect((await shop.post('/cart', { token, json })).status).to.equal(200);
      const { status, body } = await shop.post('/orders', { token });
      expect(status).to.equal(201);
      return { id: person.id as UserId, token, orderId: body.id as string };
    };

    it(`A neighbour ${where} exports what it has of a person, and nothing of another one`, async () => {
      const [{ id, orderId }, other] = [await withAnOrder(), await withAnOrder()];
      const { members, lists } = shop.shop.parts.exported;
      const listOf = async (person: UserId, name: string) => {
        const list = lists.find((each) => each.name === name);
        const ids: string[] = [];
        for await (const page of list?.pages(person) ?? [])
          ids.push(...page.map((item) => (item as { readonly id: string }).id));
        return ids;
      };
      expect(members.map(({ name }) => name)).to.include.members(['account', 'customer', 'cart']);
      expect(await listOf(id, 'orders')).to.deep.equal([orderId]);
      expect(await listOf(other.id, 'orders')).to.deep.equal([other.orderId]);
      const exported = await contexts().privacy.transact(({ members: all }) =>
        Promise.all(all.map(async (member) => [member.name, await member.export(id)] as const)),
      );
      const { customer } = Object.fromEntries(exported) as Readonly<Record<string, { readonly id?: string }>>;
      expect(customer?.id).to.equal(id);
      const nobody = contexts().privacy.transact(({ members: all }) =>
        Promise.all(all.map((member) => member.export(newId<UserId>()))),
      );
      expect(await codeOf(nobody)).to.be.oneOf(['user_not_found', 'customer_not_found']);
    });

    it(`A neighbour ${where} refuses the erasure of a person with an open order, and of no other`, async () => {
      const { id, orderId } = await withAnOrder();
      const change = async (status: string): Promise<void> => {
        const changed = await shop.patch(`/orders/${orderId}`, { token: shop.adminToken, json: { status } });
        expect(changed.status).to.equal(200);
      };
      const admitted = () =>
        contexts().privacy.transact(async ({ erasers }) => {
          const erasure = { id: newId<never>(), person: id, profileVersion: null };
          for (const erase of erasers) await erase(erasure);
          throw new Error('may be erased'); // and nothing of it is stored
        });
      await change('confirmed');
      expect(await codeOf(admitted())).to.equal('open_orders');
      await change('cancelled');
      expect(await codeOf(admitted())).to.equal('Error: may be erased');
    });
  });
