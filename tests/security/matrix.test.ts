import { expect } from 'chai';
import { SCOPES, type Scope } from '#src/kernel/actor.js';
import { apiKeySecrets } from '#src/contexts/accounts/adapters/crypto/api-key-secrets.js';
import { makeKey } from '../support/api-keys.js';
import type { Received } from '../support/http-client.js';
import { markdownTable } from '../support/markdown.js';
import { FILE, type Operation } from '../support/operations.js';
import { expectProblem } from '../support/shopping.js';
import { asksForRecentLogIn, expectedCalls, expectedStatus, scopes, type Column } from './access-matrix.js';
import { forgeries, KEY, misplaced } from './forged-tokens.js';
import { anAdministrator, setStage, type Stage } from './stage.js';
import type { Rows } from './watched-database.js';
import { forEachWatchedShape, type WatchedShape } from './watched-services.js';

/** Who comes, and which column of the matrix says what they get. */
interface Identity {
  readonly name: string;
  readonly column: Column;
  readonly token: (stage: Stage, call: string) => string | undefined;
}

/** Tokens that would open every door if they were good: all of them are an administrator's. */
const badTokens = async (shop: WatchedShape): Promise<Readonly<Record<string, string>>> => {
  const [admin, disabled, out] = [
    await anAdministrator(shop),
    await anAdministrator(shop),
    await anAdministrator(shop),
  ];
  const done = [
    await shop.patch(`/users/${disabled.id}`, { token: shop.adminToken, json: { disabled: true } }),
    await shop.post('/auth/logout', { token: out.token }),
  ];
  expect(done.map(({ status }) => status)).to.deep.equal([200, 204]);
  const forged = forgeries(admin.token, out);
  return {
    expired: misplaced(admin.token, out)['expired a second ago'],
    tampered: forged['altered claims'],
    'alg: none': forged['the algorithm none'],
    'public key as secret': forged['the public key for a secret'],
    'unknown kid': forged['an unknown key by its own id'],
    'refresh token': admin.refreshToken,
    disabled: disabled.token,
    'logged out': out.token,
  };
};

/** API keys with all scopes that are not valid. */
const badKeys = async (shop: WatchedShape): Promise<Readonly<Record<string, string>>> => {
  const [mistyped, revoked, expired] = [await makeKey(shop), await makeKey(shop), await makeKey(shop)];
  expect((await shop.delete(`/api-keys/${revoked.id}`, { token: shop.adminToken })).status).to.equal(204);
  const past = `expiresAt = '2026-01-01 00:00:00.000 +00:00'`;
  await shop.write('accounts', `UPDATE api_keys SET ${past} WHERE id = '${expired.id}'`);
  return {
    'unknown key': apiKeySecrets.mint().secret,
    'mistyped key': mistyped.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    'revoked key': revoked.secret,
    'expired key': expired.secret,
  };
};

/** API keys with each scope alone, and with all others; null stands for no scope. */
const goodKeys = async (shop: WatchedShape) => {
  const alone = new Map<Scope | null, string>();
  const allBut = new Map<Scope | null, string>();
  for (const scope of [...SCOPES, null]) {
    alone.set(scope, (await makeKey(shop, scope === null ? SCOPES : [scope])).secret);
    allBut.set(
      scope,
      (
        await makeKey(
          shop,
          SCOPES.filter((other) => other !== scope),
        )
      ).secret,
    );
  }
  // A key stores its first use.
  for (const token of [...alone.values(), ...allBut.values()]) await shop.get('/cart', { token });
  return { alone, allBut };
};

/** Which rows the shop has, but for the times at which its keys were used. */
const lasting = (rows: Rows): Rows =>
  Object.fromEntries(
    Object.entries(rows).map(([table, all]) => [
      table,
      all.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'lastUsedAt'))),
    ]),
  );

describe('The matrix of calls and identities', () => {
  forEachWatchedShape((shape, open) => {
    let shop: WatchedShape;
    let stage: Stage;
    let identities: readonly Identity[];
    const printed: (readonly string[])[] = [];

    before(async () => {
      shop = await open({ JWT_PRIVATE_KEY: KEY });
      stage = await setStage(shop);
      const bad = Object.entries({ ...(await badTokens(shop)), ...(await badKeys(shop)) });
      const { alone, allBut } = await goodKeys(shop);
      const scopeOf = (call: string): Scope | null => scopes.get(call) ?? null;
      identities = [
        { name: 'owner', column: 'owner', token: ({ owner }) => owner.token },
        { name: 'another customer', column: 'other', token: ({ other }) => other.token },
        { name: 'administrator', column: 'admin', token: ({ admin }) => admin.token },
        { name: 'no token', column: 'none', token: () => undefined },
        { name: 'key', column: 'key', token: (_, call) => alone.get(scopeOf(call)) },
        { name: 'key without the scope', column: 'unscoped', token: (_, call) => allBut.get(scopeOf(call)) },
        ...bad.map(([name, token]): Identity => ({ name, column: 'bad', token: () => token })),
      ];
    });
    after(async () => {
      await shop.close();
      const names = identities.map(({ name }) => name);
      const cells = printed.length * names.length;
      console.log(
        `\nThe shop as ${shape}\n\n${markdownTable(['Call', ...names], printed)}\n\n${cells} cells tried\n`,
      );
    });

    it('The access matrix has a line for every call, and none for a call that is not there', () => {
      const calls = shop.shop.http.table.map(({ operationId }) => operationId);
      expect(expectedCalls).to.have.members(calls, 'see tests/security/access-matrix.ts');
    });

    const ask = ({ row, path, body }: Operation, token: string | undefined): Promise<Received> =>
      shop[row.method](path, {
        ...(token !== undefined && { token }),
        ...(row.body !== undefined && { json: body }),
        ...(row.upload !== undefined && FILE),
      });

    /** What only the owner and administrators may see. */
    const expectNothingOf = ({ stocked }: Stage, { path }: Operation, answer: Received): void => {
      const { ada, addressId, orderId, sessionId } = stocked;
      const told = JSON.stringify([answer.body, answer.headers]).replaceAll(path, 'what was asked for');
      for (const own of [ada.id, ada.email, addressId, orderId, sessionId]) expect(told).not.to.contain(own);
    };

    for (const call of expectedCalls) {
      it(`The access matrix holds at ${call}`, async () => {
        const seen = new Map<string, number>();
        const isPublic = expectedStatus(call, 'none') !== 401;
        const cell = async ({ name, column, token }: Identity, at: Stage): Promise<void> => {
          const operation = at.operation(call);
          const answer = await ask(operation, token(at, call));
          seen.set(name, answer.status);
          const told = `${name}: ${JSON.stringify(answer.body)}`;
          expect(answer.status, told).to.equal(expectedStatus(call, column));
          if (column === 'none' && !isPublic) expectProblem(answer, 401, 'unauthenticated');
          if (column === 'bad' && !isPublic) expectProblem(answer, 401, 'invalid_token');
          if (column === 'other' && !isPublic) expectNothingOf(at, operation, answer);
          const isOpen = (scopes.get(call) ?? null) !== null;
          if (column === 'key' && !isPublic && !isOpen) expectProblem(answer, 403, 'user_required');
          if (column === 'unscoped' && isOpen) expectProblem(answer, 403, 'insufficient_scope');
        };
        const isRefused = ({ column }: Identity): boolean => (expectedStatus(call, column) ?? 0) >= 400;

        const before = lasting(await shop.rows());
        for (const refused of identities.filter(isRefused)) await cell(refused, stage);
        expect(lasting(await shop.rows()), 'what a refused call leaves behind').to.deep.equal(before);

        const reads = stage.operation(call).row.method === 'get';
        const isLasting = isPublic || (reads && !asksForRecentLogIn.includes(call));
        const own = isLasting ? stage : await setStage(shop);
        for (const allowed of identities.filter((identity) => !isRefused(identity))) {
          // Users share a stage, and what an administrator has deleted a key cannot delete.
          const ofKey = allowed.column === 'key' && !isPublic && !isLasting ? await setStage(shop) : own;
          await cell(allowed, isPublic && !reads ? await own.renewed() : ofKey);
        }
        printed.push([call, ...identities.map(({ name }) => String(seen.get(name)))]);
      });
    }

    it('The access matrix requires a recent log-in where an account is destroyed, given away or promoted, and nowhere else', async () => {
      const old = await setStage(shop);
      const ids = [old.owner, old.admin].map(({ id }) => `'${id}'`).join();
      const longAgo = '2026-01-01 00:00:00.000 +00:00';
      await shop.write(
        'accounts',
        `UPDATE sessions SET authenticatedAt = '${longAgo}' WHERE userId IN (${ids})`,
      );
      const before = await shop.rows();
      for (const call of asksForRecentLogIn) {
        const given = old.operation(call);
        const operation = call === 'changeUser' ? { ...given, body: { role: 'admin' } } : given;
        const { token } = operation.row.access === 'admin' ? old.admin : old.owner;
        expectProblem(await ask(operation, token), 403, 'recent_login_required');
      }
      expect(await shop.rows(), 'what a refused call leaves behind').to.deep.equal(before);
      const documented = shop.shop.http.table.filter(({ errors = [] }) =>
        errors.some(({ code }) => code === 'recent_login_required'),
      );
      // A response that a call does not document fails every test that receives it.
      expect(documented.map(({ operationId }) => operationId)).to.have.members(asksForRecentLogIn);
    });

    it('The access matrix finds nothing by the id of something of another kind', async () => {
      const { stocked, admin, owner, operation } = await setStage(shop);
      const before = await shop.rows();
      let tried = 0;
      for (const call of expectedCalls) {
        const { row, path, body } = operation(call);
        const { productId, categoryId, addressId, orderId, sessionId, apiKeyId } = stocked;
        const ids = [productId, categoryId, addressId, orderId, sessionId, apiKeyId, owner.id];
        const own = ids.find((id) => path.includes(id));
        for (const id of own === undefined ? [] : ids.filter((each) => each !== own)) {
          tried += 1;
          const { status } = await shop[row.method](path.replace(own ?? '', id), {
            token: (row.access === 'admin' ? admin : owner).token,
            ...(row.body !== undefined && { json: body }),
            ...(row.upload !== undefined && FILE),
          });
          expect(status, `${call} of ${id}`).to.equal(404);
        }
      }
      expect(await shop.rows()).to.deep.equal(before);
      expect(tried).to.be.greaterThan(80);
    });

    it('The access matrix shows no caller another’s data for an id in a body, a cursor or a key', async () => {
      const { stocked, owner } = stage;
      const [eve, ada] = [await shop.signUp(), { token: owner.token }];
      const put = () => shop.post('/cart', { token: eve.token, json: { productId: stocked.productId } });

      await put();
      const elsewhere = await shop.post('/orders', {
        token: eve.token,
        json: { addressId: stocked.addressId },
      });
      expectProblem(elsewhere, 422, 'unknown_address');

      for (const path of ['/orders/mine', '/customers/me/addresses']) {
        const { nextCursor } = (await shop.get(`${path}?limit=1`, ada)).body as { nextCursor: string };
        const { status, body } = await shop.get(`${path}?limit=1&after=${nextCursor}`, { token: eve.token });
        expect([status, body.items], path).to.deep.equal([200, []]);
      }

      const headers = { 'Idempotency-Key': 'the key of one order' };
      await shop.post('/cart', { ...ada, json: { productId: stocked.productId } });
      const hers = await shop.post('/orders', { ...ada, headers });
      const mine = await shop.post('/orders', { token: eve.token, headers });
      expect([hers.status, mine.status, mine.body.userId]).to.deep.equal([201, 201, eve.id]);
      expect(mine.body.id).not.to.equal(hers.body.id);
    });
  });
});
