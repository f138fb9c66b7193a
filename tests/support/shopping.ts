import { expect } from 'chai';
import type { Received } from './http-client.js';
import type { Person, ShopUnderTest } from './test-shop.js';

export const expectProblem = ({ status, body }: Received, expected: number, code: string): void => {
  expect([status, body.code], JSON.stringify(body)).to.deep.equal([expected, code]);
};

/** `201`, or `409 out_of_stock`. */
export const outcome = ({ status, body }: Received): string =>
  status < 400 ? String(status) : `${String(status)} ${String(body.code)}`;

/** Puts a product on sale, by default five teapots at 12.50, and returns its id. */
export const aProduct = async (shop: ShopUnderTest, product: object = {}): Promise<string> => {
  const json = { name: 'Teapot', description: 'Round', price: 12.5, quantity: 5, ...product };
  const { status, body } = await shop.post('/products', { token: shop.adminToken, json });
  expect(status, JSON.stringify(body)).to.equal(201);
  return body.id as string;
};

/** How many of a product can be sold, and what its ledger adds up to. */
export const stockOf = async (shop: ShopUnderTest, productId: string) => {
  const token = shop.adminToken;
  const ledger = await shop.get(`/products/${productId}/stock-adjustments?limit=100`, { token });
  const movements = ledger.body.items as readonly { delta: number; reason: string; orderId: string | null }[];
  const product = await shop.get(`/products/${productId}`);
  return {
    quantity: product.body.quantity as number | undefined,
    sum: movements.reduce((sum, { delta }) => sum + delta, 0),
    movements,
  };
};

/** A signed-up customer, and what they do in the shop. */
export interface Shopper extends Person {
  readonly cart: () => Promise<Received>;
  readonly put: (productId: string, quantity?: number) => Promise<Received>;
  /** Orders what is in the cart; without a body unless one is given. */
  readonly order: (json?: object) => Promise<Received>;
  readonly orders: () => Promise<Received>;
  readonly cancel: (orderId: string) => Promise<Received>;
}

export const aShopper = async (shop: ShopUnderTest): Promise<Shopper> => {
  const person = await shop.signUp();
  const { token } = person;
  return {
    ...person,
    cart: () => shop.get('/cart', { token }),
    put: (productId, quantity = 1) => shop.post('/cart', { token, json: { productId, quantity } }),
    order: (json) => shop.post('/orders', { token, ...(json && { json }) }),
    orders: () => shop.get('/orders/mine', { token }),
    cancel: (orderId) => shop.patch(`/orders/${orderId}`, { token, json: { status: 'cancelled' } }),
  };
};

/** Returns a new customer who has ordered one of a product that was put on sale for it. */
export const anOrderedShopper = async (
  shop: ShopUnderTest,
): Promise<{ shopper: Shopper; orderId: string; productId: string }> => {
  const [shopper, productId] = await Promise.all([aShopper(shop), aProduct(shop)]);
  await shopper.put(productId);
  const { status, body } = await shopper.order();
  expect(status, JSON.stringify(body)).to.equal(201);
  return { shopper, orderId: body.id as string, productId };
};
