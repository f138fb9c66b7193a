import { expect } from 'chai';
import {
  expectAdminsOnly,
  expectValidationErrors,
  expectProblem,
  NOBODY,
  openCatalog,
} from './http-support.js';
import { forEachShape } from '../support/test-shop.js';

forEachShape((_shape, open) => {
  describe('Stock adjustments over HTTP', () => {
    const catalog = openCatalog(open);
    const ledgerOf = (path: string) => `${path}/stock-adjustments`;

    it('Stock adjustments change the quantity and return the line of the ledger', async () => {
      const { asAdmin, get, product } = catalog();
      const { path } = await product({ quantity: 5 });
      const { status, headers, body } = await asAdmin.post(ledgerOf(path), { delta: -2, note: ' Broken ' });
      expect(status).to.equal(201);
      expect(headers['cache-control']).to.equal('no-store');
      const { id, createdAt, ...line } = body;
      expect(line).to.deep.equal({
        delta: -2,
        reason: 'adjustment',
        note: 'Broken',
        orderId: null,
        balance: 3,
      });
      expect((await get(path)).body.quantity).to.equal(3);
      const { items } = (await asAdmin.get(ledgerOf(path))).body;
      expect(items[0]).to.deep.equal({ ...line, id, createdAt });
      expect(items[1]).to.include({ delta: 5, reason: 'initial', balance: 5 });
    });

    it('Stock adjustments are listed the latest first, page by page', async () => {
      const { asAdmin, product } = catalog();
      const { path } = await product();
      for (const delta of [1, 2, 3]) await asAdmin.post(ledgerOf(path), { delta });
      const first = await asAdmin.get(`${ledgerOf(path)}?limit=2`);
      expect(first.body.items.map(({ delta }: { delta: number }) => delta)).to.deep.equal([3, 2]);
      expect(first.headers['link']).to.match(/rel="next"$/);
      const second = await asAdmin.get(`${ledgerOf(path)}?limit=2&after=${String(first.body.nextCursor)}`);
      expect(second.body).to.have.property('nextCursor', null);
      expect(second.body.items.map(({ delta }: { delta: number }) => delta)).to.deep.equal([1]);
      const { path: other } = await product();
      const elsewhere = await asAdmin.get(`${ledgerOf(other)}?after=${String(first.body.nextCursor)}`);
      expectProblem(elsewhere, 400, 'invalid_cursor');
    });

    it('Stock adjustments never leave less than nothing or more than can be counted', async () => {
      const { asAdmin, get, product } = catalog();
      const { path } = await product({ quantity: 5 });
      for (const delta of [-6, 1_000_000_000]) {
        const answer = await asAdmin.post(ledgerOf(path), { delta });
        expectProblem(answer, 409, 'stock_out_of_range');
        expect(answer.body).to.deep.include({ productId: path.split('/').at(-1), delta });
      }
      expect((await get(path)).body.quantity).to.equal(5);
      expect((await asAdmin.get(ledgerOf(path))).body.items).to.have.lengthOf(1);
    });

    it('Stock adjustments reach nothing and the most that can be counted', async () => {
      const { asAdmin, get, product } = catalog();
      const { path } = await product({ quantity: 5 });
      for (const [delta, quantity] of [
        [-5, 0],
        [1_000_000_000, 1_000_000_000],
      ]) {
        expect((await asAdmin.post(ledgerOf(path), { delta })).status).to.equal(201);
        expect((await get(path)).body.quantity).to.equal(quantity);
      }
    });

    it('Stock adjustments refuse missing, invalid and unknown fields', async () => {
      const { asAdmin, product } = catalog();
      const { path } = await product({ quantity: 5 });
      const post = (json: object) => asAdmin.post(ledgerOf(path), json);
      expectValidationErrors(await post({}), '/delta');
      for (const delta of [0, 0.5, '1', null, 1_000_000_001, -1_000_000_001])
        expectValidationErrors(await post({ delta }), '/delta');
      for (const note of ['', ' ', 7, null, 'a\0b', 'x'.repeat(501)])
        expectValidationErrors(await post({ delta: 1, note }), '/note');
      const smuggled = { reason: 'order', orderId: NOBODY, balance: 99 };
      expectValidationErrors(await post({ delta: 1, ...smuggled }), '/reason', '/orderId', '/balance');
    });

    it('Stock adjustments are 404 for a product that never was', async () => {
      const { asAdmin } = catalog();
      const path = ledgerOf(`/products/${NOBODY}`);
      expectProblem(await asAdmin.get(path), 404, 'product_not_found');
      expectProblem(await asAdmin.post(path, { delta: 1 }), 404, 'product_not_found');
      expectProblem(await asAdmin.get(ledgerOf('/products/7')), 404, 'not_found');
    });

    it('Stock adjustments are made and read by administrators only', async () => {
      const { path } = await catalog().product();
      await expectAdminsOnly(catalog(), 'get', ledgerOf(path));
      await expectAdminsOnly(catalog(), 'post', ledgerOf(path));
    });
  });
});
