import { expect } from 'chai';
import { isDomainError } from '#src/kernel/errors.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { newId } from '../support/builders/ids.js';
import { eventually } from '../support/eventually.js';
import { aProduct } from '../support/shopping.js';
import { testServiceShop, testShop, type OpenShop, type ShopUnderTest } from '../support/test-shop.js';

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
  });
