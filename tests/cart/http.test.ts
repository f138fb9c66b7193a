import { expect } from 'chai';
import { newId } from '../support/builders/ids.js';
import { aProduct, aShopper, expectProblem, type Shopper } from '../support/shopping.js';
import { forEachShape, type ShopUnderTest } from '../support/test-shop.js';

forEachShape((_shape, open) => {
  describe('The cart over HTTP', () => {
    let shop: ShopUnderTest;
    let teapot: string;
    let cup: string;
    before(async () => {
      shop = await open();
      teapot = await aProduct(shop, { imageUrl: 'https://img.test/teapot.jpg' });
      cup = await aProduct(shop, { name: 'Cup', price: 3.1, quantity: 100 });
    });
    after(() => shop.close());

    let ada: Shopper;
    beforeEach(async () => {
      ada = await aShopper(shop);
    });

    const quantities = async (): Promise<readonly [string, number][]> =>
      ((await ada.cart()).body.items as { product: { id: string }; quantity: number }[]).map(
        ({ product, quantity }) => [product.id, quantity],
      );

    describe('GET /cart', () => {
      it('GET /cart shows an empty cart to a customer who never added anything, and stores none', async () => {
        const { status, body } = await ada.cart();
        expect(status).to.equal(200);
        expect(body).to.deep.equal({
          items: [],
          totalPrice: 0,
          currency: 'USD',
          pricesAsOf: null,
          version: 0,
        });
        expect((await ada.cart()).body.version).to.equal(0);
      });

      it('GET /cart shows names, prices and availability of today', async () => {
        await ada.put(teapot, 7);
        await ada.put(cup, 2);
        expect((await ada.cart()).body).to.deep.equal({
          items: [
            {
              product: { id: teapot, name: 'Teapot', price: 12.5, imageUrl: 'https://img.test/teapot.jpg' },
              quantity: 7,
              lineTotal: 87.5,
              available: 5,
            },
            {
              product: { id: cup, name: 'Cup', price: 3.1, imageUrl: null },
              quantity: 2,
              lineTotal: 6.2,
              available: 100,
            },
          ],
          totalPrice: 93.7,
          currency: 'USD',
          pricesAsOf: null,
          version: 2,
        });
      });

      it('GET /cart keeps name and price of a product that has left the shop, and does not charge it', async () => {
        const gone = await aProduct(shop, { name: 'Gone', price: 9.99 });
        await ada.put(gone, 2);
        await ada.put(cup);
        await shop.delete(`/products/${gone}`, { token: shop.adminToken });
        const { body } = await ada.cart();
        expect(body.items[0]).to.deep.equal({
          product: { id: gone, name: 'Gone', price: 9.99, imageUrl: null },
          quantity: 2,
          lineTotal: 19.98,
          available: 0,
        });
        expect(body.totalPrice).to.equal(3.1);
      });

      it('GET /cart responds with 304 while nothing it shows has changed, be it a price', async () => {
        const product = await aProduct(shop);
        await ada.put(product);
        const [first, same] = [await ada.cart(), await ada.cart()];
        const etag = first.headers['etag'] ?? '';
        expect(etag).to.match(/^"1\.[0-9a-f]{16}"$/);
        expect(same.headers['etag']).to.equal(etag);
        const again = () => shop.get('/cart', { token: ada.token, headers: { 'If-None-Match': etag } });
        expect((await again()).status).to.equal(304);
        await shop.patch(`/products/${product}`, { token: shop.adminToken, json: { price: 1 } });
        const changed = await again();
        expect([changed.status, changed.body.totalPrice, changed.body.version]).to.deep.equal([200, 1, 1]);
      });

      it('GET /cart shows each caller their own cart, also an administrator', async () => {
        await ada.put(teapot);
        const other = await aShopper(shop);
        expect((await other.cart()).body.items).to.deep.equal([]);
        expect((await shop.get('/cart', { token: shop.adminToken })).body.items).to.deep.equal([]);
      });
    });

    describe('POST /cart', () => {
      it('POST /cart adds one piece by default, and adds to the existing line', async () => {
        const first = await shop.post('/cart', { token: ada.token, json: { productId: teapot } });
        expect([first.status, first.body.items[0].quantity]).to.deep.equal([200, 1]);
        await ada.put(cup);
        const { body, headers } = await ada.put(teapot.toUpperCase(), 3);
        expect(await quantities()).to.deep.equal([
          [teapot, 4],
          [cup, 1],
        ]);
        const read = await ada.cart();
        expect(body).to.deep.equal(read.body);
        expect(headers['etag']).to.equal(read.headers['etag']);
      });

      it('POST /cart refuses an unknown product and a deleted one', async () => {
        const gone = await aProduct(shop);
        await shop.delete(`/products/${gone}`, { token: shop.adminToken });
        for (const id of [gone, newId(), ada.id]) expectProblem(await ada.put(id), 404, 'product_not_found');
        expect((await ada.cart()).body.version).to.equal(0);
      });

      it('refuses a product that is gone to a cart that holds another one', async () => {
        const gone = await aProduct(shop);
        await shop.delete(`/products/${gone}`, { token: shop.adminToken });
        await ada.put(cup);
        expectProblem(await ada.put(gone), 404, 'product_not_found');
        expect(await quantities()).to.deep.equal([[cup, 1]]);
      });

      it('adds a product to a cart that holds one that is gone', async () => {
        const gone = await aProduct(shop);
        await ada.put(gone);
        await shop.delete(`/products/${gone}`, { token: shop.adminToken });
        expect((await ada.put(cup)).status).to.equal(200);
      });

      it('refuses more than 999 of a product', async () => {
        await ada.put(teapot, 999);
        const refused = await ada.put(teapot, 1);
        expectProblem(refused, 409, 'line_quantity_exceeded');
        expect(refused.body.limit).to.equal(999);
        expect(await quantities()).to.deep.equal([[teapot, 999]]);
      });

      it('POST /cart refuses more than a hundred different products', async () => {
        const products = await Promise.all(Array.from({ length: 101 }, () => aProduct(shop)));
        for (const product of products.slice(1)) expect((await ada.put(product)).status).to.equal(200);
        const refused = await ada.put(products[0] ?? '');
        expectProblem(refused, 409, 'cart_full');
        expect(refused.body.limit).to.equal(100);
        expect(await quantities()).to.deep.equal(products.slice(1).map((product) => [product, 1]));
      });

      for (const [title, json, pointer] of [
        ['a quantity of nothing', { quantity: 0 }, '/quantity'],
        ['a negative quantity', { quantity: -1 }, '/quantity'],
        ['a fractional quantity', { quantity: 1.5 }, '/quantity'],
        ['a huge quantity', { quantity: 1000 }, '/quantity'],
        ['a quantity beyond the safe integers', { quantity: 1e300 }, '/quantity'],
        ['a quantity as text', { quantity: '2' }, '/quantity'],
        ['null for a quantity', { quantity: null }, '/quantity'],
        ['an id that is no UUID', { productId: 'teapot' }, '/productId'],
        ['an id of another type', { productId: 7 }, '/productId'],
        ['no product', { productId: undefined }, '/productId'],
        ['a smuggled price', { price: 0.01 }, '/price'],
        ['a smuggled owner', { userId: newId() }, '/userId'],
        ['a smuggled version', { version: 9 }, '/version'],
      ] as const) {
        it(`POST /cart refuses ${title}`, async () => {
          const refused = await shop.post('/cart', {
            token: ada.token,
            json: { productId: teapot, ...json },
          });
          expectProblem(refused, 422, 'invalid_body');
          expect(refused.body.errors.map((error: { pointer: string }) => error.pointer)).to.deep.equal([
            pointer,
          ]);
          expect((await ada.cart()).body.version).to.equal(0);
        });
      }

      it('POST /cart refuses what is no JSON object', async () => {
        for (const raw of ['{"productId":', '7', '']) {
          expectProblem(await shop.post('/cart', { token: ada.token, raw }), 400, 'malformed_json');
        }
      });
    });

    describe('PUT /cart/:productId', () => {
      const set = (productId: string, json: object, headers = {}) =>
        shop.put(`/cart/${productId}`, { token: ada.token, json, headers });

      it('PUT /cart/:productId replaces the quantity of a line', async () => {
        await ada.put(teapot, 4);
        const { status, body } = await set(teapot, { quantity: 2 });
        expect([status, body.items[0].quantity, body.totalPrice]).to.deep.equal([200, 2, 25]);
      });

      it('PUT /cart/:productId changes a line whose product has left the shop', async () => {
        const gone = await aProduct(shop);
        await ada.put(gone, 2);
        await shop.delete(`/products/${gone}`, { token: shop.adminToken });
        expect((await set(gone, { quantity: 1 })).body.items[0].quantity).to.equal(1);
      });

      it('PUT /cart/:productId refuses a product that is not in the cart', async () => {
        expectProblem(await set(teapot, { quantity: 2 }), 404, 'cart_line_not_found');
        expectProblem(await set('teapot', { quantity: 2 }), 404, 'not_found');
        expect((await ada.cart()).body.version).to.equal(0);
      });

      it('PUT /cart/:productId refuses a quantity that is missing or no number from 1 to 999, and other fields', async () => {
        await ada.put(teapot, 4);
        for (const json of [
          {},
          { quantity: 0 },
          { quantity: 1000 },
          { quantity: '2' },
          { quantity: 2, price: 1 },
        ])
          expectProblem(await set(teapot, json), 422, 'invalid_body');
        expect(await quantities()).to.deep.equal([[teapot, 4]]);
      });
    });

    describe('DELETE /cart/:productId and DELETE /cart', () => {
      it('DELETE /cart/:productId and DELETE /cart take a line out, and all of them', async () => {
        await ada.put(teapot);
        await ada.put(cup);
        const one = await shop.delete(`/cart/${teapot}`, { token: ada.token });
        expect([one.status, one.body.totalPrice]).to.deep.equal([200, 3.1]);
        const none = await shop.delete('/cart', { token: ada.token });
        expect([none.status, none.body.items, none.body.totalPrice]).to.deep.equal([200, [], 0]);
      });

      it('DELETE /cart/:productId and DELETE /cart refuse a product that is not in the cart', async () => {
        expectProblem(await shop.delete(`/cart/${teapot}`, { token: ada.token }), 404, 'cart_line_not_found');
        expectProblem(await shop.delete('/cart/teapot', { token: ada.token }), 404, 'not_found');
      });

      it('DELETE /cart/:productId and DELETE /cart accept an empty cart', async () => {
        expect((await shop.delete('/cart', { token: ada.token })).status).to.equal(200);
      });
    });

    describe('If-Match', () => {
      const changes = [
        ['post', '/cart', () => ({ productId: cup })],
        ['put', '/cart/:productId', () => ({ quantity: 3 })],
        ['delete', '/cart/:productId', () => undefined],
        ['delete', '/cart', () => undefined],
      ] as const;

      for (const [method, path, body] of changes) {
        it(`If-Match guards ${method.toUpperCase()} ${path} against a change that the customer has not seen`, async () => {
          const seen = (await ada.put(teapot, 2)).headers['etag'] ?? '';
          const call = (tag: string) => {
            const json = body();
            return shop[method](path.replace(':productId', teapot), {
              token: ada.token,
              headers: { 'If-Match': tag },
              ...(json && { json }),
            });
          };
          const before = (await ada.put(teapot, 1)).body;
          for (const tag of [seen, `W/${seen}`, '"2"', '"other"', 'no tag'])
            expectProblem(await call(tag), 412, 'precondition_failed');
          expect((await ada.cart()).body).to.deep.equal(before);
          const fresh = (await ada.cart()).headers['etag'] ?? '';
          expect((await call(`${seen}, W/${fresh}`)).status).to.equal(200);
          expect((await ada.cart()).body.version).to.equal(3);
        });
      }

      it('If-Match does not mind a price that has changed since', async () => {
        const product = await aProduct(shop);
        const seen = (await ada.put(product)).headers['etag'] ?? '';
        await shop.patch(`/products/${product}`, { token: shop.adminToken, json: { price: 1 } });
        const headers = { 'If-Match': seen };
        expect((await shop.delete(`/cart/${product}`, { token: ada.token, headers })).status).to.equal(200);
      });

      it('If-Match lets one of several with the same tag win', async () => {
        const tag = (await ada.put(teapot)).headers['etag'] ?? '';
        const answers = await Promise.all(
          Array.from({ length: 8 }, () =>
            shop.post('/cart', {
              token: ada.token,
              json: { productId: teapot },
              headers: { 'If-Match': tag },
            }),
          ),
        );
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([
          200,
          ...Array<number>(7).fill(412),
        ]);
        expect(await quantities()).to.deep.equal([[teapot, 2]]);
      });
    });

    it('The cart is closed to callers without a valid token', async () => {
      for (const [method, path] of [
        ['get', '/cart'],
        ['post', '/cart'],
        ['put', `/cart/${teapot}`],
        ['delete', `/cart/${teapot}`],
        ['delete', '/cart'],
      ] as const) {
        expectProblem(await shop[method](path), 401, 'unauthenticated');
        expectProblem(await shop[method](path, { token: `${ada.token}x` }), 401, 'invalid_token');
      }
    });
  });
});
