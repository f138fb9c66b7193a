import { expect } from 'chai';
import type { Received } from '../support/http-client.js';
import { aProduct, aShopper, expectProblem, stockOf } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

forEachShop((name, open) => {
  describe(`The quota of replies stored for Idempotency-Keys on ${name}`, () => {
    let shop: ShopUnderTest;
    before(async () => {
      // Room for six to nine carts of a line.
      shop = await open({ environment: { IDEMPOTENCY_QUOTA: '10000' } });
    });
    after(() => shop.close());

    const add = (token: string, productId: string, key?: string): Promise<Received> =>
      shop.post('/cart', {
        token,
        json: { productId },
        ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
      });
    const quantityIn = async (token: string): Promise<number> =>
      (await shop.get('/cart', { token })).body.items[0].quantity as number;

    it('The quota of replies stored for Idempotency-Keys refuses a request whose reply does not fit, does nothing, and says when there is room', async () => {
      const product = await aProduct(shop);
      const { token } = await aShopper(shop);
      let done = 0;
      while ((await add(token, product, `key ${String(done)}`)).status === 200) done += 1;
      expect(done).to.be.within(6, 9);
      const refused = await add(token, product, 'one more');
      expectProblem(refused, 429, 'idempotency_quota_exceeded');
      expect(refused.body).to.deep.include({ type: QUOTA_EXCEEDED, 'violated-policies': ['idempotency'] });
      expect(Number(refused.headers['retry-after'])).to.be.within(23 * 60 * 60, 24 * 60 * 60);
      expect(await quantityIn(token)).to.equal(done);
      const replayed = await add(token, product, 'key 0');
      expect([replayed.status, replayed.headers['idempotent-replayed']]).to.deep.equal([200, 'true']);
      expect((await add(token, product)).status, 'without a key').to.equal(200);
      const { token: other } = await aShopper(shop);
      expect((await add(other, product, 'key 0')).status, 'of somebody else').to.equal(200);
    });

    it('The quota of replies stored for Idempotency-Keys lets as many of 50 requests at once be done as fit, and does nothing of the others', async () => {
      const product = await aProduct(shop);
      const { token } = await aShopper(shop);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, at) => add(token, product, `key ${String(at)}`)),
      );
      const done = answers.filter(({ status }) => status === 200).length;
      expect(done).to.be.within(6, 9);
      for (const answer of answers)
        if (answer.status !== 200) expectProblem(answer, 429, 'idempotency_quota_exceeded');
      expect(await quantityIn(token)).to.equal(done);
    });

    it('The quota of replies stored for Idempotency-Keys refuses an order whose reply does not fit, and leaves cart and stock as they were', async () => {
      const product = await aProduct(shop, { quantity: 20 });
      const { token, put, cart } = await aShopper(shop);
      const order = async (key: string): Promise<Received> => {
        await put(product);
        return shop.post('/orders', { token, headers: { 'Idempotency-Key': key } });
      };
      let placed = 0;
      while ((await order(`key ${String(placed)}`)).status === 201) placed += 1;
      expect(placed).to.equal(10);
      expectProblem(await order('one more'), 429, 'idempotency_quota_exceeded');
      // Services learn of it after the stock is reserved: lines and stock return within a minute.
      if (name === 'services') return;
      expect((await cart()).body.items[0].quantity).to.equal(2);
      expect((await stockOf(shop, product)).quantity).to.equal(20 - placed);
    });

    it('The quota of replies stored for Idempotency-Keys is ten times as large for an administrator', async () => {
      const product = await aProduct(shop);
      const adjust = (key: string): Promise<Received> =>
        shop.post(`/products/${product}/stock-adjustments`, {
          token: shop.adminToken,
          json: { delta: 1 },
          headers: { 'Idempotency-Key': key },
        });
      let done = 0;
      while ((await adjust(`key ${String(done)}`)).status === 201) done += 1;
      expect(done).to.be.within(60, 99);
      expectProblem(await adjust('one more'), 429, 'idempotency_quota_exceeded');
    });
  });
});
