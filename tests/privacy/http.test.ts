import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import type { Received } from '../support/http-client.js';
import { withoutExports } from '../support/snapshot.js';
import { expectShown, forEachShape, type Person, type ShopUnderTest } from '../support/test-shop.js';
import {
  addAddress,
  ADDRESS,
  advance,
  aProduct,
  expectProblem,
  order,
  profileOf,
} from '../customers/http-support.js';

/** The order, once its address has been removed. */
const withoutAddress = (shop: ShopUnderTest, id: string): Promise<object> =>
  eventually(async () => {
    const { body } = await shop.get(`/orders/${id}`, { token: shop.adminToken });
    return body.shippingAddress === null ? (body as object) : null;
  }, `the address of the order ${id} to be removed`);

forEachShape((shape, open) => {
  describe('Personal data over HTTP', () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    describe('export', () => {
      it('An export shows all that the shop stores about a person, without secrets', async () => {
        const ada = await shop.signUp({ name: 'Ada' });
        await addAddress(shop, ada);
        const productId = await aProduct(shop, 9);
        const orderId = await order(shop, ada, productId);
        await shop.post('/cart', { token: ada.token, json: { productId, quantity: 3 } });
        const { status, body } = await shop.get('/customers/me/export', { token: ada.token });
        expect(status).to.equal(200);
        expect(body.customer).to.deep.equal((await profileOf(shop, ada)).body);
        expect(body.account).to.include({ id: ada.id, name: 'Ada', email: ada.email, role: 'customer' });
        expect(body.account.sessions).to.have.length(1);
        expect(body.cart).to.deep.equal({ items: [{ productId, quantity: 3 }] });
        expect(body.orders).to.have.length(1);
        expect(body.orders[0]).to.deep.include({
          id: orderId,
          status: 'pending',
          totalPrice: 25,
          currency: 'USD',
        });
        expect(body.orders[0].shippingAddress).to.include(ADDRESS);
        expect(body.orders[0].products).to.deep.equal([
          { productId, sku: null, name: 'Teapot', unitPrice: 12.5, quantity: 2, lineTotal: 25 },
        ]);
        // Words such as "password" may stand in it, where the log says that it was changed; none of these values may.
        const { users } = shop.storeOf('accounts').outside;
        const { auditSalts } = shop.storeOf('audit').outside;
        const { token, password, refreshToken } = ada;
        const passwordHash = (await users.find(ada.id as never))?.passwordHash;
        const tokenHash = createHash('sha256').update(refreshToken).digest('hex');
        const salt = await auditSalts.find(ada.id);
        const text = JSON.stringify(body);
        for (const secret of [token, password, refreshToken, passwordHash, tokenHash, salt]) {
          expect(secret).to.be.a('string');
          expect(text).not.to.include(secret);
        }
        expect(text).not.to.match(/v1\$|\$2[aby]\$/);
      });

      it('An export shows nothing of another person', async () => {
        const [ada, eve] = [await shop.signUp(), await shop.signUp()];
        await order(shop, ada, await aProduct(shop, 2));
        const { body } = await shop.get('/customers/me/export', { token: eve.token });
        expect(body.orders).to.deep.equal([]);
        expect(JSON.stringify(body)).not.to.include(ada.id);
      });
    });

    describe('erasure', () => {
      const erase = ({ token }: Person, headers: Readonly<Record<string, string>> = {}): Promise<Received> =>
        shop.delete('/customers/me', { token, headers });
      const available = async (productId: string): Promise<number> =>
        (await shop.get(`/products/${productId}`)).body.quantity as number;

      it('An erasure ends account and sessions at once, and frees the e-mail address', async () => {
        const ada = await shop.signUp();
        const elsewhere = await shop.logIn(ada.email, ada.password);
        expect((await erase(ada)).status).to.equal(204);
        for (const { token } of [ada, elsewhere])
          expectProblem(await shop.get('/customers/me', { token }), 401, 'invalid_token');
        const { refreshToken, email, password } = ada;
        expect((await shop.post('/auth/refresh', { json: { refreshToken } })).status).to.equal(401);
        expect((await shop.post('/auth/login', { json: { email, password } })).status).to.equal(401);
        const profile = async () => {
          const { status, body } = await shop.get(`/customers/${ada.id}`, { token: shop.adminToken });
          return [status, body.code as string | undefined];
        };
        await expectShown(shape, profile, [404, 'customer_not_found']);
        const again = await shop.signUp({ email });
        expect(again.id).not.to.equal(ada.id);
        expect((await profileOf(shop, again)).body.addresses).to.deep.equal([]);
      });

      it('An erasure keeps orders under a pseudonym, without address, and cancels those that are pending', async () => {
        const ada = await shop.signUp();
        const productId = await aProduct(shop, 10);
        const delivered = await order(shop, ada, productId);
        await advance(shop, delivered, 'confirmed', 'shipped', 'delivered');
        const pending = await order(shop, ada, productId);
        expect(await available(productId)).to.equal(6);
        expect((await erase(ada)).status).to.equal(204);
        for (const [id, status] of [
          [delivered, 'delivered'],
          [pending, 'cancelled'],
        ] as const)
          expect(await withoutAddress(shop, id)).to.include({ userId: ada.id, status });
        await expectShown(shape, () => available(productId), 8);
      });

      for (const statuses of [['confirmed'], ['confirmed', 'shipped']])
        it(`An erasure is refused while an order is ${statuses.at(-1) ?? ''}, and then changes nothing`, async () => {
          const ada = await shop.signUp();
          await addAddress(shop, ada);
          const productId = await aProduct(shop, 10);
          const open = await order(shop, ada, productId);
          await advance(shop, open, ...statuses);
          const pending = await order(shop, ada, productId);
          const exported = async () =>
            withoutExports((await shop.get('/customers/me/export', { token: ada.token })).body);
          const before = await exported();
          expectProblem(await erase(ada), 409, 'open_orders');
          expect(await exported()).to.deep.equal(before);
          expect((await shop.get(`/orders/${pending}`, { token: ada.token })).body.status).to.equal(
            'pending',
          );
          expect(await available(productId)).to.equal(6);
        });

      it('An erasure is refused to the last administrator', async () => {
        const token = await shop.newAdminToken();
        expectProblem(await shop.delete('/customers/me', { token }), 409, 'last_admin');
        expect((await shop.get('/customers/me', { token: shop.adminToken })).status).to.equal(200);
      });

      it('An erasure happens only while If-Match names the version of the profile', async () => {
        const ada = await shop.signUp();
        await addAddress(shop, ada);
        for (const stale of ['"1"', 'W/"1"', 'nonsense'])
          expectProblem(await erase(ada, { 'If-Match': stale }), 412, 'precondition_failed');
        expect((await profileOf(shop, ada)).status).to.equal(200);
        expect((await erase(ada, { 'If-Match': '"2"' })).status).to.equal(204);
      });
    });
  });

  describe('An erasure that has not come to the orders yet', () => {
    let isHeld = true;
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({
        overrides: {
          replaceRepositories: () => ({
            outbox: (original) => ({
              ...original,
              hasUndispatched: () => (isHeld ? Promise.resolve(false) : original.hasUndispatched()),
              dispatchAndClaim: (...given) =>
                isHeld
                  ? Promise.resolve({ events: [], claimed: [], waiting: new Set() })
                  : original.dispatchAndClaim(...given),
            }),
          }),
        },
      });
    });
    after(() => shop.close());

    it('An erasure that has not come to the orders yet has closed the account, and will leave alone who signs up with the address meanwhile', async () => {
      const ada = await shop.signUp();
      const { email, password, token, refreshToken } = ada;
      const productId = await aProduct(shop, 10);
      const pending = await order(shop, ada, productId);
      const eraseMe = () => shop.delete('/customers/me', { token });
      expect((await eraseMe()).status).to.equal(204);

      const asAdmin = { token: shop.adminToken };
      expect((await shop.get(`/orders/${pending}`, asAdmin)).body.status, 'held').to.equal('pending');
      expectProblem(await eraseMe(), 401, 'invalid_token');
      expectProblem(await shop.delete(`/customers/${ada.id}`, asAdmin), 404, 'customer_not_found');
      const login = await shop.post('/auth/login', { json: { email, password } });
      expectProblem(login, 401, 'invalid_credentials');
      const refresh = await shop.post('/auth/refresh', { json: { refreshToken } });
      expectProblem(refresh, 401, 'invalid_refresh_token');
      const confirmed = await shop.patch(`/orders/${pending}`, { ...asAdmin, json: { status: 'confirmed' } });
      expectProblem(confirmed, 409, 'customer_erased');

      const again = await shop.signUp({ email });
      const another = await order(shop, again, productId);
      isHeld = false;
      expect(await withoutAddress(shop, pending)).to.include({ userId: ada.id, status: 'cancelled' });
      const { body } = await shop.get(`/orders/${another}`, { token: again.token });
      expect(body).to.include({ userId: again.id, status: 'pending' });
      expect(body.shippingAddress).to.include(ADDRESS);
    });
  });
});
