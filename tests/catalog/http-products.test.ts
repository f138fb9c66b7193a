import { expect } from 'chai';
import { forEachShape } from '../support/test-shop.js';
import {
  expectAdminsOnly,
  expectValidationErrors,
  expectProblem,
  MUG,
  NOBODY,
  openCatalog,
} from './http-support.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CACHE = 'public, max-age=0, must-revalidate, s-maxage=10';
const BAD_IDS = ['1', 'x', `${NOBODY}0`, '%F0%9F%A7%B5'];

const NO_IMAGE_URLS = [
  '',
  'mug.jpg',
  '//images.example/mug.jpg',
  'javascript:alert(1)',
  'JavaScript://images.example/%0aalert(1)',
  'java\tscript:alert(1)',
  'data:image/png;base64,AAAA',
  'blob:https://images.example/1',
  'ftp://images.example/mug.jpg',
  'https:mug.jpg',
  'https:///mug.jpg',
  'https://',
  'https:\\\\images.example/mug.jpg',
  'https://images.example\\@elsewhere.example/mug.jpg',
  'https://ann:secret@images.example/mug.jpg',
  'https://images.example@elsewhere.example/mug.jpg',
  ' https://images.example/mug.jpg',
  'https://images.example/mug.jpg\n',
  'https://images.example/a mug.jpg',
  'https://images.example/\u202emug.jpg',
  `https://images.example/${'x'.repeat(2048)}`,
];

forEachShape((_shape, open) => {
  describe('Products over HTTP', () => {
    const catalog = openCatalog(open);

    describe('creating one', () => {
      it('POST /products returns 201 with the product, its path and its tag', async () => {
        const { asAdmin, category } = catalog();
        const { id: categoryId } = await category('Kitchen');
        const imageUrl = 'https://images.example/mug.jpg';
        const json = { ...MUG, quantity: 7, categoryId, imageUrl };
        const { status, headers, body } = await asAdmin.post('/products', json);
        expect(status).to.equal(201);
        const { id, createdAt, updatedAt, ...rest } = body;
        expect(id).to.match(UUID);
        expect(rest).to.deep.equal({
          ...MUG,
          sku: null,
          currency: 'USD',
          quantity: 7,
          category: { id: categoryId, name: 'Kitchen' },
          imageUrl,
        });
        expect(updatedAt).to.equal(createdAt);
        expect(headers['location']).to.equal(`/products/${String(id)}`);
        expect(headers['etag']).to.equal('"1.1.1"');
        expect((await catalog().get(`/products/${String(id)}`)).body).to.deep.equal(body);
      });

      it('POST /products needs no more than name, description and price', async () => {
        const { asAdmin } = catalog();
        const { body } = await asAdmin.post('/products', { ...MUG, description: '' });
        expect(body).to.include({ description: '', quantity: 0, category: null, imageUrl: null });
      });

      it('POST /products takes a SKU that no other product in the shop has, whatever its letter case', async () => {
        const { asAdmin, get } = catalog();
        const first = await asAdmin.post('/products', { ...MUG, sku: 'Tin-350/b' });
        expect([first.status, first.body.sku]).to.deep.equal([201, 'Tin-350/b']);
        const other = await asAdmin.post('/products', { ...MUG, sku: 'TIN-351' });
        const path = `/products/${String(other.body.id)}`;
        expectProblem(await asAdmin.post('/products', { ...MUG, sku: 'TIN-350/B' }), 409, 'sku_taken');
        expectProblem(await asAdmin.put(path, { ...MUG, sku: 'tin-350/b' }), 409, 'sku_taken');
        expectProblem(await asAdmin.patch(path, { sku: 'tin-350/b' }), 409, 'sku_taken');
        expect((await asAdmin.patch(path, { sku: 'tin-351' })).body.sku).to.equal('tin-351');
        expect((await asAdmin.patch(path, { price: 5 })).body.sku).to.equal('tin-351');
        const found = await get('/products?sku=TIN-350%2FB');
        expect(found.body.items).to.deep.equal([first.body]);
        expect((await get('/products?sku=tin-350')).body.items).to.deep.equal([]);
        expect((await get('/products?q=tin-35')).body.items).to.have.length(2);
        await asAdmin.delete(path);
        expect((await get('/products?sku=tin-351')).body.items).to.deep.equal([]);
        expect((await asAdmin.post('/products', { ...MUG, sku: 'TIN-351' })).status).to.equal(201);
        expect((await asAdmin.patch(String(first.headers['location']), { sku: null })).body.sku).to.equal(
          null,
        );
        expect((await asAdmin.put(String(first.headers['location']), MUG)).body.sku).to.equal(null);
      });

      it('POST /products refuses a SKU that is blank, long, or not of visible ASCII characters', async () => {
        const { asAdmin, get } = catalog();
        for (const sku of ['', ' ', 'MUG 1', ' MUG', 'MUG ', 'MÜG', 'MUG\t1', 'x'.repeat(65), 350]) {
          expectValidationErrors(await asAdmin.post('/products', { ...MUG, sku }), '/sku');
          expectValidationErrors(
            await asAdmin.patch('/products/0190a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b', { sku }),
            '/sku',
          );
        }
        expect((await asAdmin.post('/products', { ...MUG, sku: '~'.repeat(64) })).status).to.equal(201);
        expectProblem(await get('/products?sku=MUG%201'), 400, 'invalid_query');
      });

      it('POST /products tidies texts and keeps every script', async () => {
        const { asAdmin } = catalog();
        const json = { ...MUG, name: '  Théière 🫖 ', description: 'e\u0301' };
        const { body } = await asAdmin.post('/products', json);
        expect(body).to.include({ name: 'Théière 🫖', description: 'é' });
      });

      it('POST /products refuses missing, invalid, excessive and unknown fields, all at once', async () => {
        const { asAdmin } = catalog();
        const post = (json: object) => asAdmin.post('/products', json);
        expectValidationErrors(await post({}), '/name', '/description', '/price');
        const wrong = {
          name: 7,
          description: null,
          price: '19.99',
          quantity: '1',
          categoryId: 5,
          imageUrl: {},
        };
        expectValidationErrors(await post(wrong), ...Object.keys(wrong).map((field) => `/${field}`));
        const smuggled = { id: NOBODY, version: 9, currency: 'EUR', createdAt: '2020-01-01T00:00:00Z' };
        expectValidationErrors(
          await post({ ...MUG, ...smuggled }),
          ...Object.keys(smuggled).map((field) => `/${field}`),
        );
        expectProblem(await post({ ...MUG, categoryId: NOBODY }), 422, 'unknown_category');
      });

      for (const [field, values] of Object.entries({
        name: ['', ' \n', '\u200b', 'a\0b', '\ud800', 'x'.repeat(201), []],
        description: ['a\0b', '\udc00', 'x'.repeat(10_001), true],
        price: [-0.01, 1.005, 19.999, 1e12, true, null],
        quantity: [-1, 0.5, 1_000_000_001, null, []],
        categoryId: ['kitchen', '', {}],
        imageUrl: NO_IMAGE_URLS,
      }))
        it(`POST /products refuses a bad ${field}`, async () => {
          for (const value of values)
            expectValidationErrors(
              await catalog().asAdmin.post('/products', { ...MUG, [field]: value }),
              `/${field}`,
            );
        });

      it('PUT and PATCH /products/:id refuse an invalid address of an image like POST', async () => {
        const { asAdmin, product } = catalog();
        const { path } = await product();
        for (const imageUrl of NO_IMAGE_URLS) {
          expectValidationErrors(await asAdmin.put(path, { ...MUG, imageUrl }), '/imageUrl');
          expectValidationErrors(await asAdmin.patch(path, { imageUrl }), '/imageUrl');
        }
        for (const imageUrl of ['http://[::1]:8080/mug@2x.jpg', 'https://images.example?of=ann@shop.test#@'])
          expect((await asAdmin.patch(path, { imageUrl })).body.imageUrl).to.equal(imageUrl);
      });

      it('POST /products keeps prices exact', async () => {
        for (const price of [0, 0.01, 1.1, 19.99, 4.35, 499_999_999.99]) {
          const { path } = await catalog().product({ price });
          expect((await catalog().get(path)).body.price).to.equal(price);
        }
      });
    });

    describe('reading one', () => {
      it('GET /products/:id may be cached by anyone and is revalidated by its tag', async () => {
        const { get, product } = catalog();
        const { path, etag } = await product();
        const { status, headers } = await get(path);
        expect(status).to.equal(200);
        expect(headers).to.include({ etag, 'cache-control': CACHE });
        for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
          const again = await get(path, { headers: { 'If-None-Match': condition } });
          expect(again.status).to.equal(304);
          expect(again.body).to.equal(undefined);
          expect(again.headers).to.include({ etag, 'cache-control': CACHE });
        }
        expect((await get(path, { headers: { 'If-None-Match': '"1.1.0"' } })).status).to.equal(200);
      });

      it('GET /products/:id has another tag when its stock or its category has changed', async () => {
        const { asAdmin, get, category, product } = catalog();
        const { id: categoryId, path: categoryPath } = await category('Camping');
        const { path, etag } = await product({ categoryId });
        expect(etag).to.equal('"1.0.1"');
        await asAdmin.post(`${path}/stock-adjustments`, { delta: 2 });
        expect((await get(path)).headers['etag']).to.equal('"1.1.1"');
        await asAdmin.put(categoryPath, { name: 'Outdoors' });
        const { headers, body } = await get(path);
        expect(headers['etag']).to.equal('"1.1.2"');
        expect(body.category.name).to.equal('Outdoors');
      });

      it('GET /products/:id is 404 for what is unknown or no UUID, and takes one in capitals', async () => {
        const { get, product } = catalog();
        expectProblem(await get(`/products/${NOBODY}`), 404, 'product_not_found');
        for (const id of BAD_IDS) expectProblem(await get(`/products/${id}`), 404, 'not_found');
        const { id } = await product();
        expect((await get(`/products/${id.toUpperCase()}`)).body.id).to.equal(id);
      });
    });

    describe('writing one anew', () => {
      it('PUT /products/:id replaces everything but the stock', async () => {
        const { asAdmin, category, product } = catalog();
        const { id: categoryId } = await category('Tin');
        const { path } = await product({ quantity: 4, categoryId, imageUrl: 'https://images.example/1.jpg' });
        const json = { name: 'Tin mug', description: '', price: 5 };
        const { status, headers, body } = await asAdmin.put(path, json);
        expect(status).to.equal(200);
        expect(body).to.include({ ...json, quantity: 4, category: null, imageUrl: null });
        expect(headers['etag']).to.equal('"2.1.0"');
        const back = await asAdmin.put(path, { ...json, categoryId });
        expect(back.body.category).to.deep.equal({ id: categoryId, name: 'Tin' });
      });

      it('PUT /products/:id recounts the stock when a quantity is given', async () => {
        const { asAdmin, product } = catalog();
        const { path } = await product({ quantity: 4 });
        expect((await asAdmin.put(path, { ...MUG, quantity: 9 })).body.quantity).to.equal(9);
        const { body } = await asAdmin.get(`${path}/stock-adjustments`);
        expect(body.items[0]).to.include({ reason: 'edit', delta: 5, balance: 9 });
      });

      it('PUT /products/:id needs every content field, and refuses what is not its own', async () => {
        const { asAdmin, product } = catalog();
        const { path } = await product();
        expectValidationErrors(await asAdmin.put(path, { price: 5 }), '/name', '/description');
        expectValidationErrors(await asAdmin.put(path, { ...MUG, version: 3 }), '/version');
        expectProblem(await asAdmin.put(path, { ...MUG, categoryId: NOBODY }), 422, 'unknown_category');
      });
    });

    describe('changing some of one', () => {
      it('PATCH /products/:id leaves alone what is not given', async () => {
        const { asAdmin, product } = catalog();
        const imageUrl = 'http://images.example/1.jpg';
        const { path } = await product({ quantity: 4, imageUrl });
        const { body } = await asAdmin.patch(path, { price: 7.5 });
        expect(body).to.include({ ...MUG, price: 7.5, quantity: 4, imageUrl });
        expect((await asAdmin.patch(path, { quantity: 0 })).body).to.include({ price: 7.5, quantity: 0 });
        expect((await asAdmin.patch(path, {})).body).to.include({ price: 7.5 });
      });

      it('PATCH /products/:id removes its category or its picture with null', async () => {
        const { asAdmin, category, product } = catalog();
        const { id: categoryId } = await category('Wood');
        const { path } = await product({ categoryId, imageUrl: 'https://images.example/1.jpg' });
        const { body } = await asAdmin.patch(path, { categoryId: null, imageUrl: null });
        expect(body).to.include({ category: null, imageUrl: null });
      });

      it('PATCH /products/:id refuses null and invalid values elsewhere, and writes nothing then', async () => {
        const { asAdmin, get, product } = catalog();
        const { path, etag } = await product();
        const wrong = { name: null, description: null, price: null, quantity: null };
        expectValidationErrors(
          await asAdmin.patch(path, wrong),
          ...Object.keys(wrong).map((field) => `/${field}`),
        );
        expectValidationErrors(
          await asAdmin.patch(path, { name: 'Good', price: 1.005, role: 'admin' }),
          '/price',
          '/role',
        );
        expectProblem(
          await asAdmin.patch(path, { name: 'Good', categoryId: NOBODY }),
          422,
          'unknown_category',
        );
        expect((await get(path)).headers['etag']).to.equal(etag);
      });
    });

    describe('deleting one', () => {
      it('DELETE /products/:id makes it a 404 everywhere but in its ledger', async () => {
        const { asAdmin, get, product } = catalog();
        const { id, path } = await product({ quantity: 2 });
        const { status, body } = await asAdmin.delete(path);
        expect([status, body]).to.deep.equal([204, undefined]);
        for (const answer of [
          await get(path),
          await asAdmin.put(path, MUG),
          await asAdmin.patch(path, { price: 1 }),
          await asAdmin.patch(path, { quantity: 1 }),
          await asAdmin.delete(path),
          await asAdmin.post(`${path}/stock-adjustments`, { delta: 1 }),
        ])
          expectProblem(answer, 404, 'product_not_found');
        const { items } = (await get('/products?limit=100')).body;
        expect((items as { id: string }[]).map((item) => item.id)).not.to.include(id);
        expect((await asAdmin.get(`${path}/stock-adjustments`)).body.items).to.have.lengthOf(1);
      });
    });

    describe('If-Match', () => {
      const writes = {
        put: (path: string, tag: string) => catalog().asAdmin.put(path, MUG, tag),
        patch: (path: string, tag: string) => catalog().asAdmin.patch(path, { price: 3 }, tag),
        delete: (path: string, tag: string) => catalog().asAdmin.delete(path, undefined, tag),
      };

      for (const [method, write] of Object.entries(writes)) {
        it(`If-Match lets ${method} pass with the tag that was read, among others, and with *`, async () => {
          for (const tag of ['"1.0.0"', '"0.0.0", "1.0.0"', '*']) {
            const { path } = await catalog().product();
            expect((await write(path, tag)).status).to.be.oneOf([200, 204]);
          }
        });

        it(`If-Match stops ${method} with a tag that is stale, foreign or garbage, and changes nothing`, async () => {
          const { asAdmin, get, product } = catalog();
          const { path } = await product();
          await asAdmin.patch(path, { name: 'Edited' });
          for (const tag of [
            '"1.0.0"',
            'W/"1.0.0"',
            '"1.0.0-gzip"',
            '"2"',
            '"2.0"',
            '"02.0.0"',
            '"abc"',
            '2.0.0',
            '""',
          ])
            expectProblem(await write(path, tag), 412, 'precondition_failed');
          expect((await get(path)).headers['etag']).to.equal('"2.0.0"');
        });
      }

      it('If-Match is not defeated by a sale, a delivery or a renamed category', async () => {
        const { asAdmin, category, product } = catalog();
        const { id: categoryId, path: categoryPath } = await category('Garden');
        const { path, etag } = await product({ categoryId });
        await asAdmin.post(`${path}/stock-adjustments`, { delta: 5 });
        await asAdmin.put(categoryPath, { name: 'Gardening' });
        expect((await asAdmin.patch(path, { price: 3 }, etag)).status).to.equal(200);
      });

      it('If-Match leads to 404, not 412, for a missing product', async () => {
        expectProblem(await writes.patch(`/products/${NOBODY}`, '"1.0.0"'), 404, 'product_not_found');
      });

      it('If-Match lets exactly one of two writers with one tag succeed', async () => {
        const { path, etag } = await catalog().product();
        const statuses = await Promise.all([writes.patch(path, etag), writes.put(path, etag)]);
        expect(statuses.map(({ status }) => status)).to.have.members([200, 412]);
      });
    });

    it('Products are written by administrators only', async () => {
      const { path } = await catalog().product();
      await expectAdminsOnly(catalog(), 'post', '/products');
      await expectAdminsOnly(catalog(), 'put', path);
      await expectAdminsOnly(catalog(), 'patch', path);
      await expectAdminsOnly(catalog(), 'delete', path);
    });

    it('Products are priced in the shop’s own currency and its decimals', async () => {
      for (const [currency, good, bad] of [
        ['JPY', 1999, 19.5],
        ['KWD', 1.999, 1.9999],
      ] as const) {
        const shop = await open({ environment: { SHOP_CURRENCY: currency } });
        try {
          const post = (price: number) =>
            shop.post('/products', { token: shop.adminToken, json: { ...MUG, price } });
          expect((await post(good)).body).to.include({ price: good, currency });
          expectValidationErrors(await post(bad), '/price');
        } finally {
          await shop.close();
        }
      }
    });
  });
});
