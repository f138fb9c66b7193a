import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { exportPersonalData } from '#src/contexts/privacy/application/export-personal-data.js';
import { OPERATOR } from '#src/kernel/actor.js';
import type { ShopUnderTest } from './test-shop.js';

/** An export is told to the audit log, so that the next one tells of it. */
export const withoutExports = (exported: unknown): object => {
  const { auditLog, ...rest } = exported as { readonly auditLog: readonly { readonly action: string }[] };
  return { ...rest, auditLog: auditLog.filter(({ action }) => action !== 'user.exported') };
};

/** All that the shop shows, up to a hundred of each, to administrators and to the customer whose token is given. */
const snapshot = async (shop: ShopUnderTest, customerToken: string): Promise<object> => {
  const read = async (path: string, token: string) => {
    const { status, body } = await shop.get(path, { token });
    expect(status, path).to.equal(200);
    return [path, body] as const;
  };
  // Not over HTTP, which asks for a recent log-in.
  const exported = async (token: string): Promise<object> => {
    const { contexts, exported: parts } = shop.shop.parts;
    const { transact, queries } = contexts.privacy;
    const { sub } = jwt.decode(token) as { readonly sub: string };
    const { members, lists } = await transact(
      exportPersonalData({ ...queries, lists: parts.lists })(OPERATOR, sub as never),
    );
    const read: Record<string, unknown> = { ...members };
    for (const { name, pages } of lists) {
      const items: unknown[] = [];
      for await (const page of pages) items.push(...page);
      read[name] = items;
    }
    return withoutExports(read);
  };
  const lists = ['/products', '/categories', '/users', '/customers', '/orders'];
  const own = ['/auth/me', '/cart'];
  const seen = await Promise.all([
    ...lists.map((path) => read(`${path}?limit=100`, shop.adminToken)),
    ...own.map((path) => read(path, customerToken)),
  ]);
  const products = seen[0]?.[1].items as readonly { id: string }[];
  const ledgers = products.map(({ id }) => `/products/${id}/stock-adjustments?limit=100`);
  return Object.fromEntries([
    ...seen,
    ['export', await exported(customerToken)],
    ...(await Promise.all(ledgers.map((path) => read(path, shop.adminToken)))),
  ]);
};

/** Fails when the shop shows anything else afterwards than before. */
export const expectNothingWritten = async (
  shop: ShopUnderTest,
  customerToken: string,
  act: () => Promise<void>,
): Promise<void> => {
  const before = await snapshot(shop, customerToken);
  await act();
  expect(await snapshot(shop, customerToken)).to.deep.equal(before);
};
