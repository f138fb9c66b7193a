import { expect } from 'chai';
import type { Received, RequestOptions } from '../support/http-client.js';
import { testShop, type OpenShop, type ShopUnderTest } from '../support/test-shop.js';

export const MUG = { name: 'Enamel mug', description: 'Holds 350 ml', price: 19.99 };
/** A UUID that identifies nothing. */
export const NOBODY = '019a0000-0000-7000-8000-000000000000';

type AsAdmin = (path: string, json?: unknown, ifMatch?: string) => Promise<Received>;

interface Made {
  readonly id: string;
  readonly path: string;
  readonly etag: string;
}

/** A shop with what its administrators do to the catalogue. */
export interface Catalog {
  readonly shop: ShopUnderTest;
  readonly get: ShopUnderTest['get'];
  readonly asAdmin: Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', AsAdmin>>;
  readonly product: (given?: object) => Promise<Made>;
  readonly category: (name: string) => Promise<Made>;
}

const catalogOf = (shop: ShopUnderTest): Catalog => {
  const as =
    (send: (path: string, options?: RequestOptions) => Promise<Received>): AsAdmin =>
    (path, json, ifMatch) =>
      send(path, {
        token: shop.adminToken,
        ...(json !== undefined && { json }),
        ...(ifMatch !== undefined && { headers: { 'If-Match': ifMatch } }),
      });
  const asAdmin = {
    get: as(shop.get),
    post: as(shop.post),
    put: as(shop.put),
    patch: as(shop.patch),
    delete: as(shop.delete),
  };
  const made = async (path: string, json: object): Promise<Made> => {
    const { status, headers, body } = await asAdmin.post(path, json);
    expect(status, JSON.stringify(body)).to.equal(201);
    return { id: String(body.id), path: headers['location'] ?? '', etag: headers['etag'] ?? '' };
  };
  return {
    shop,
    get: shop.get,
    asAdmin,
    product: (given = {}) => made('/products', { ...MUG, ...given }),
    category: (name) => made('/categories', { name }),
  };
};

/** A shop for the suite; to be asked for inside tests. */
export const openCatalog = (open: OpenShop = testShop): (() => Catalog) => {
  let catalog: Catalog | undefined;
  before(async () => {
    catalog = catalogOf(await open());
  });
  after(() => catalog?.shop.close());
  return () => catalog ?? expect.fail('the shop is opened by the first test');
};

export const expectProblem = ({ status, body }: Received, expected: number, code: string): void => {
  expect([status, body.code], JSON.stringify(body)).to.deep.equal([expected, code]);
};

/** Expects a 422 that points at each of the fields and at nothing else. */
export const expectValidationErrors = (received: Received, ...pointers: readonly string[]): void => {
  expectProblem(received, 422, 'invalid_body');
  const found = (received.body.errors as readonly { pointer: string }[]).map(({ pointer }) => pointer);
  expect([...new Set(found)]).to.have.members(pointers);
};

/** Expects a call to refuse all but administrators: no token, a bad token, a customer. */
export const expectAdminsOnly = async (
  { shop }: Catalog,
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
): Promise<void> => {
  const options = method === 'get' || method === 'delete' ? {} : { json: {} };
  expectProblem(await shop[method](path, options), 401, 'unauthenticated');
  expectProblem(await shop[method](path, { ...options, token: 'x.y.z' }), 401, 'invalid_token');
  const { token } = await shop.signUp();
  expectProblem(await shop[method](path, { ...options, token }), 403, 'forbidden');
};
