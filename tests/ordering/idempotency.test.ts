import { expect } from 'chai';
import type { ReplaceRepositories } from '#src/main/persistence/persistence.js';
import type { StoredReply } from '#src/platform/idempotency/stored-reply.js';
import { RETENTION_MS, type IdempotencyKey } from '#src/platform/idempotency/idempotency-store.js';
import { eventually } from '../support/eventually.js';
import { aProduct, aShopper, expectProblem, stockOf } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

forEachShop((name, open) => {
  describe(`Idempotency keys on ${name}`, () => {
    let shop: ShopUnderTest;
    let time = Date.now();
    const kept: StoredReply[] = [];
    const keys: IdempotencyKey[] = [];
    const noticing: ReplaceRepositories = {
      idempotency: (original) => ({
        ...original,
        claim: (key, reference) => {
          if (reference !== undefined) {
            kept.push(reference);
            keys.push(key);
          }
          return original.claim(key, reference);
        },
        complete: (key, answer, subject) => {
          kept.push(answer);
          keys.push(key);
          return original.complete(key, answer, subject);
        },
      }),
    };
    before(async () => {
      shop = await open({
        overrides: { now: () => () => new Date(time), replaceRepositories: () => noticing },
      });
    });
    after(() => shop.close());

    const place = (token: string, key: string, options: { path?: string; json?: unknown } = {}) =>
      shop.post(options.path ?? '/orders', {
        token,
        headers: { 'Idempotency-Key': key },
        ...(options.json !== undefined && { json: options.json }),
      });

    /** Signs up a customer with one, or more, of a product in the cart. */
    const buyer = async (product?: string, quantity = 1) => {
      const shopper = await aShopper(shop);
      if (product !== undefined) await shopper.put(product, quantity);
      return shopper;
    };

    const ordersOf = async (token: string): Promise<number> =>
      (await shop.get('/orders/mine', { token })).body.items.length as number;

    it('Idempotency keys give a repeated request the same reply, and one order', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      const { token } = await buyer(product, 2);
      const first = await place(token, 'once');
      const again = await place(token, '"once"');
      expect(first.status).to.equal(201);
      expect(first.headers['idempotent-replayed']).to.equal(undefined);
      expect(again.headers['idempotent-replayed']).to.equal('true');
      for (const part of ['status', 'body'] as const) expect(again[part]).to.deep.equal(first[part]);
      for (const header of ['location', 'etag'])
        expect(again.headers[header]).to.equal(first.headers[header]);
      expect((await place(token, 'once', { path: '/order' })).body, 'the short path').to.deep.equal(
        first.body,
      );
      expect(await ordersOf(token)).to.equal(1);
      expect((await stockOf(shop, product)).quantity).to.equal(3);
    });

    it('Idempotency keys make one order of 50 requests at once', async () => {
      const product = await aProduct(shop, { quantity: 100 });
      const { token } = await buyer(product);
      const answers = await Promise.all(Array.from({ length: 50 }, () => place(token, 'many')));
      const placed = answers.filter(({ status }) => status === 201);
      expect(new Set(placed.map(({ body }) => JSON.stringify(body))).size).to.equal(1);
      for (const answer of answers)
        if (answer.status !== 201) expectProblem(answer, 409, 'request_in_progress');
      expect((await place(token, 'many')).body).to.deep.equal(placed[0]?.body);
      expect(await ordersOf(token)).to.equal(1);
      expect((await stockOf(shop, product)).quantity).to.equal(99);
    });

    it('Idempotency keys belong to the request that they came with', async () => {
      const product = await aProduct(shop, { quantity: 5, price: 3 });
      const { token } = await buyer(product);
      await place(token, 'mine', { json: { expectedTotal: 3 } });
      expectProblem(
        await place(token, 'mine', { json: { expectedTotal: 4 } }),
        422,
        'idempotency_key_reused',
      );
    });

    it('Idempotency keys are a caller’s and an operation’s own', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      const [one, other] = [await buyer(product), await buyer(product)];
      const cart = {
        token: one.token,
        headers: { 'Idempotency-Key': 'shared' },
        json: { productId: product },
      };
      expect((await shop.post('/cart', cart)).body.items[0].quantity).to.equal(2);
      expect((await shop.post('/cart', cart)).body.items[0].quantity).to.equal(2);
      const orders = [await place(one.token, 'shared'), await place(other.token, 'shared')];
      expect(orders.map(({ status }) => status)).to.deep.equal([201, 201]);
      expect(orders[0]?.body.id).not.to.equal(orders[1]?.body.id);
    });

    it('Idempotency keys may be tried again after a refusal', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      const { token } = await buyer();
      expectProblem(await place(token, 'early'), 409, 'cart_empty');
      await shop.post('/cart', { token, json: { productId: product } });
      expect((await place(token, 'early')).status).to.equal(201);
    });

    it('Idempotency keys give back the order as it was placed, whatever has become of it', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      const { token } = await buyer(product, 2);
      const shippingAddress = { line1: '7 Rose Lane', city: 'Dublin', country: 'IE' };
      const first = await place(token, 'placed', { json: { shippingAddress } });
      time += 60_000;
      const { adminToken } = shop;
      for (const status of ['confirmed', 'cancelled'])
        await shop.patch(`/orders/${first.body.id as string}`, { token: adminToken, json: { status } });
      const renamed = { name: 'Another name', price: 99 };
      await shop.patch(`/products/${product}`, { token: adminToken, json: renamed });
      expect((await shop.get(`/orders/${first.body.id as string}`, { token })).body.status).to.equal(
        'cancelled',
      );
      const again = await place(token, 'placed', { json: { shippingAddress } });
      expect(again.headers['idempotent-replayed']).to.equal('true');
      expect([again.status, again.body]).to.deep.equal([first.status, first.body]);
      for (const header of ['location', 'etag', 'content-type'])
        expect(again.headers[header]).to.equal(first.headers[header]);
    });

    it('Idempotency keys give back the cart with the prices that were shown, whatever has become of them', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      const { token } = await buyer();
      const add = () =>
        shop.post('/cart', { token, json: { productId: product }, headers: { 'Idempotency-Key': 'cart' } });
      const first = await add();
      await shop.patch(`/products/${product}`, { token: shop.adminToken, json: { price: 99 } });
      const again = await add();
      expect([again.status, again.body]).to.deep.equal([first.status, first.body]);
      expect(again.headers['etag']).to.equal(first.headers['etag']);
    });

    it('Idempotency keys are not needed: without one a blind repeat finds the cart empty', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      const { token } = await buyer(product);
      expect((await shop.post('/orders', { token })).status).to.equal(201);
      expectProblem(await shop.post('/orders', { token }), 409, 'cart_empty');
    });

    it('Idempotency keys are refused when they are no keys', async () => {
      const { token } = await buyer();
      for (const key of ['', '""', '"open', 'x'.repeat(256)]) {
        expectProblem(await place(token, key), 400, 'invalid_idempotency_key');
      }
    });

    it('Idempotency keys are not accepted where replies contain secrets', async () => {
      const headers = { 'Idempotency-Key': 'secret' };
      const { email, password, token } = await shop.signUp();
      const logIn = () => shop.post('/auth/login', { headers, json: { email, password } });
      expect((await logIn()).body.accessToken).not.to.equal((await logIn()).body.accessToken);
      expect((await shop.post('/auth/logout', { token, headers })).status).to.equal(204);
      expectProblem(await shop.post('/auth/logout', { token, headers }), 401, 'invalid_token');
    });

    it('Idempotency keys keep the id of an order in place of the order', async () => {
      const { token } = await buyer(await aProduct(shop));
      const { body } = await place(token, 'small');
      expect(kept.at(-1)).to.deep.equal({ reference: body.id });
    });

    it('Idempotency keys are erased with their customer, whose address the replies contained', async () => {
      const product = await aProduct(shop);
      const { token } = await buyer(product);
      const shippingAddress = { line1: '7 Secret Street', city: 'Nowhere', country: 'US' };
      await place(token, 'gone', { json: { shippingAddress } });
      const { transact } = shop.storeOf('ordering');
      const everything = () => transact(({ idempotency }) => idempotency.purge(new Date(time + 1), 1000));
      expect(await everything(), 'while they are there').to.be.greaterThan(0);
      const { token: erased } = await buyer(product);
      await place(erased, 'gone', { json: { shippingAddress } });
      const key = keys.at(-1) ?? expect.fail('nothing was kept');
      await shop.delete('/customers/me', { token: erased });
      const isGone = () => transact(async ({ idempotency }) => (await idempotency.find(key)) === null);
      await eventually(isGone, 'the answer to be removed');
      expect(await everything()).to.equal(0);
    });

    it('Idempotency keys are stored for 24 hours', async () => {
      const product = await aProduct(shop, { quantity: 5 });
      const { email, password, token } = await buyer(product);
      const first = await place(token, 'daily');
      time += RETENTION_MS;
      const { token: later } = await shop.logIn(email, password);
      await shop.post('/cart', { token: later, json: { productId: product } });
      const second = await place(later, 'daily');
      expect(second.status).to.equal(201);
      expect(second.body.id).not.to.equal(first.body.id);
    });
  });
});
