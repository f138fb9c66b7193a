import { expect } from 'chai';
import { forEachShape, type ShopUnderTest } from '../support/test-shop.js';

describe('The examples of request bodies in the OpenAPI document', () => {
  forEachShape((_shape, open) => {
    let shop: ShopUnderTest;
    before(async () => (shop = await open()));
    after(() => shop.close());

    const contentsOf = (path: string, method: string) => {
      const { content = {} } = (shop.shop.http.openApi.paths[path]?.[method]?.['requestBody'] ?? {}) as {
        readonly content?: Readonly<Record<string, { readonly example?: unknown }>>;
      };
      return Object.values(content).map(({ example }) => example);
    };

    it('The examples of request bodies in the OpenAPI document are bodies that the calls accept', () => {
      const routes = shop.shop.http.table.filter(({ body }) => body !== undefined);
      expect(routes).to.have.length.greaterThan(20);
      for (const { path, method, body } of routes) {
        const examples = contentsOf(path.replaceAll(/:(\w+)/g, '{$1}'), method);
        expect(examples, path).to.have.length.greaterThan(0);
        for (const example of examples)
          expect(body?.joi.validate(example).error?.message, `${method} ${path}`).to.equal(undefined);
      }
    });

    it('The examples of request bodies in the OpenAPI document let the account that signs up log in', async () => {
      const send = (path: string) => shop.post(path, { json: contentsOf(path, 'post')[0] });
      expect((await send('/auth/signup')).status).to.equal(201);
      expect((await send('/auth/login')).status).to.equal(200);
    });
  });
});
