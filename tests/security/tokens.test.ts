import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import type { Received } from '../support/http-client.js';
import { stock, type StockedShop } from '../support/operations.js';
import { expectProblem } from '../support/shopping.js';
import { expectNothingWritten } from '../support/snapshot.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';
import { forgeries, KEY, misplaced, partsOf } from './forged-tokens.js';

forEachShop((_name, open) => {
  describe('given a bad access token', () => {
    let shop: ShopUnderTest;
    let stocked: StockedShop;
    before(async () => {
      shop = await open({ environment: { JWT_PRIVATE_KEY: KEY } });
      stocked = await stock(shop);
    });
    after(() => shop.close());

    const expectRefused = (answer: Received, why: string): void => {
      const { status, body, headers } = answer;
      expect([status, body.code, headers['www-authenticate']], why).to.deep.equal([
        401,
        'invalid_token',
        'Bearer error="invalid_token"',
      ]);
    };

    const itWritesNothing = (title: string, act: () => Promise<void>): void => {
      it(`The shop ${title}, and writes nothing`, () => expectNothingWritten(shop, stocked.ada.token, act));
    };

    for (const [title, make] of [
      ['forged', forgeries],
      ['well signed but misplaced', misplaced],
    ] as const) {
      itWritesNothing(`refuses every access token that is ${title}`, async () => {
        for (const [why, token] of Object.entries(make(shop.adminToken, stocked.ada))) {
          expectRefused(await shop.get('/auth/me', { token }), why);
          expectRefused(await shop.post('/categories', { token, json: { name: 'Mine' } }), why);
        }
        const { claims, header } = partsOf(shop.adminToken);
        const again = jwt.sign(claims, KEY, { algorithm: 'ES256', header });
        expect((await shop.get('/auth/me', { token: again })).status, 'a good one').to.equal(200);
      });
    }

    it('The access token of a disabled user, of an erased one and of an ended session is refused at once', async () => {
      const [disabled, erased, out, everywhere] = [
        await shop.signUp(),
        await shop.signUp(),
        await shop.signUp(),
        await shop.signUp(),
      ];
      const elsewhere = await shop.logIn(everywhere.email, everywhere.password);
      const admin = { token: shop.adminToken };
      const done = [
        await shop.patch(`/users/${disabled.id}`, { ...admin, json: { disabled: true } }),
        await shop.delete('/customers/me', { token: erased.token }),
        await shop.post('/auth/logout', { token: out.token }),
        await shop.post('/auth/logout-everywhere', { token: elsewhere.token }),
      ];
      expect(done.map(({ status }) => status)).to.deep.equal([200, 204, 204, 204]);
      await expectNothingWritten(shop, stocked.ada.token, async () => {
        for (const { token, refreshToken } of [disabled, erased, out, everywhere, elsewhere]) {
          expectRefused(await shop.get('/auth/me', { token }), 'reading');
          const json = { productId: stocked.productId };
          expectRefused(await shop.post('/cart', { token, json }), 'writing');
          const refreshed = await shop.post('/auth/refresh', { json: { refreshToken } });
          expectProblem(refreshed, 401, 'invalid_refresh_token');
        }
      });
    });
  });
});
