import { expect } from 'chai';
import { SCOPES, type Scope } from '#src/kernel/actor.js';
import type { ShopUnderTest } from './test-shop.js';

/** A key that the shop has created. */
export interface MadeKey {
  readonly id: string;
  readonly secret: string;
}

/** Creates a key, by default with all scopes; with the token of an administrator who has just logged in. */
export const makeKey = async (
  shop: Pick<ShopUnderTest, 'post' | 'newAdminToken'>,
  scopes: readonly Scope[] = SCOPES,
  more: object = {},
): Promise<MadeKey> => {
  const json = { name: 'Warehouse', scopes, ...more };
  const { status, body } = await shop.post('/api-keys', { token: await shop.newAdminToken(), json });
  expect(status, JSON.stringify(body)).to.equal(201);
  return { id: String(body.id), secret: String(body.secret) };
};
