import { newId } from '../support/builders/ids.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';
import { expectProblem } from './http-support.js';

describe('Who may call customers over HTTP', () => {
  let shop: ShopUnderTest;
  before(async () => {
    shop = await testShop();
  });
  after(() => shop.close());

  const id = newId();
  const mine = [
    ['get', '/customers/me'],
    ['patch', '/customers/me'],
    ['delete', '/customers/me'],
    ['get', '/customers/me/export'],
    ['get', '/customers/me/addresses'],
    ['post', '/customers/me/addresses'],
    ['get', `/customers/me/addresses/${id}`],
    ['put', `/customers/me/addresses/${id}`],
    ['delete', `/customers/me/addresses/${id}`],
  ] as const;
  const forAdministrators = [
    ['get', '/customers'],
    ['post', '/customers'],
    ['get', `/customers/${id}`],
    ['put', `/customers/${id}`],
    ['patch', `/customers/${id}`],
    ['delete', `/customers/${id}`],
  ] as const;

  for (const [method, path] of [...mine, ...forAdministrators])
    it(`refuses ${method.toUpperCase()} ${path.replace(id, ':id')} without a token and with a bad one`, async () => {
      expectProblem(await shop[method](path), 401, 'unauthenticated');
      expectProblem(await shop[method](path, { token: `${shop.adminToken}x` }), 401, 'invalid_token');
    });

  for (const [method, path] of forAdministrators)
    it(`refuses ${method.toUpperCase()} ${path.replace(id, ':id')} to customers, their own id included`, async () => {
      const { token, id: own } = await shop.signUp();
      expectProblem(await shop[method](path, { token }), 403, 'forbidden');
      expectProblem(await shop[method](path.replace(id, own), { token }), 403, 'forbidden');
    });
});
