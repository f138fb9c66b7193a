import { expect } from 'chai';
import type { Received } from '../support/http-client.js';
import type { Person, ShopUnderTest } from '../support/test-shop.js';

export const ADDRESS = { line1: '12 Rose Lane', city: 'Dublin', country: 'IE' };
export const FULL_ADDRESS = {
  name: 'Grace',
  line1: '1 Main Street',
  line2: 'Flat 2',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
  phone: '+1 217 555 0100',
};
export const NO_ID = ['me-not', '0', 'x'.repeat(400), '%F0%9F%A7%B5'];

/** Values that a field refuses, whatever else is right. */
export const badText = (max: number): readonly unknown[] => [
  7,
  true,
  [],
  {},
  '',
  ' \n',
  '\u200b',
  'x\0y',
  '\ud800',
  'x'.repeat(max + 1),
];

export const expectProblem = ({ status, body }: Received, expected: number, code: string): void => {
  expect([status, body.code]).to.deep.equal([expected, code]);
};

export const profileOf = (shop: ShopUnderTest, { token }: Person): Promise<Received> =>
  shop.get('/customers/me', { token });

export const addAddress = (
  shop: ShopUnderTest,
  { token }: Person,
  json: object = ADDRESS,
): Promise<Received> => shop.post('/customers/me/addresses', { token, json });

/** Puts a product on sale, at 12.50, and returns its id. */
export const aProduct = async (shop: ShopUnderTest, quantity: number): Promise<string> => {
  const json = { name: 'Teapot', description: 'Round', price: 12.5, quantity };
  return (await shop.post('/products', { token: shop.adminToken, json })).body.id as string;
};

/** Orders two of a product and returns the order's id. */
export const order = async (shop: ShopUnderTest, { token }: Person, productId: string): Promise<string> => {
  await shop.post('/cart', { token, json: { productId, quantity: 2 } });
  const { status, body } = await shop.post('/orders', { token, json: { shippingAddress: ADDRESS } });
  expect(status).to.equal(201);
  return body.id as string;
};

/** Moves an order on to each status in turn. */
export const advance = async (
  shop: ShopUnderTest,
  orderId: string,
  ...statuses: readonly string[]
): Promise<void> => {
  for (const status of statuses) {
    const json = { status };
    const moved = await shop.patch(`/orders/${orderId}`, { token: shop.adminToken, json });
    expect(moved.status).to.equal(200);
  }
};
