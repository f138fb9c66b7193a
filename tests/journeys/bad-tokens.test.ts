import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { createHmac, createPublicKey } from 'node:crypto';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { newId } from '../support/builders/ids.js';
import type { Received } from '../support/http-client.js';
import { operationsOf, stock, type Operation, type StockedShop } from '../support/operations.js';
import { expectProblem } from '../support/shopping.js';
import { expectNothingWritten } from '../support/snapshot.js';
import { forEachShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const KEY = generateSigningKey();
const FOREIGN = generateSigningKey();

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

const partsOf = (token: string) => {
  const [head = '', body = '', signature = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  return { head, body, signature, header: read(head) as jwt.JwtHeader, claims: read(body) as jwt.JwtPayload };
};

/** What somebody can make of tokens of ours who does not have the key. */
const forgeries = (token: string, another: Person): Readonly<Record<string, string>> => {
  const { head, body, signature, header, claims } = partsOf(token);
  const other = partsOf(another.token);
  const unsigned = (alg: string): string => `${encode({ ...header, alg })}.${body}`;
  const signed = (more: object): string =>
    jwt.sign(claims, FOREIGN, { algorithm: 'ES256', header: { ...header, ...more } });
  const publicKey = createPublicKey(KEY).export({ type: 'spki', format: 'pem' });
  const hmac = createHmac('sha256', publicKey).update(unsigned('HS256')).digest('base64url');
  return {
    'no JWT': 'x',
    'empty parts': '..',
    'two parts': `${head}.${body}`,
    'parts that are no JSON': 'eA.eA.eA',
    'another’s claims': `${head}.${other.body}.${signature}`,
    'altered claims': `${head}.${encode({ ...claims, exp: 9_999_999_999 })}.${signature}`,
    'an altered header': `${encode({ ...header, crit: [] })}.${body}.${signature}`,
    'another’s signature': `${head}.${body}.${other.signature}`,
    'half a signature': `${head}.${body}.${signature.slice(0, 40)}`,
    'no signature': `${head}.${body}.`,
    'the algorithm none': `${unsigned('none')}.`,
    'the algorithm nOnE': `${unsigned('nOnE')}.`,
    'the public key for a secret': `${unsigned('HS256')}.${hmac}`,
    'a foreign key': signed({}),
    'a foreign key in the header': signed({ jwk: createPublicKey(FOREIGN).export({ format: 'jwk' }) }),
    'a foreign key by its own id': signed({ kid: 'mine' }),
    'a refresh token': another.refreshToken,
  };
};

/** Well signed, but not for this: what an older version, another service or a test system may have issued. */
const misplaced = (token: string, another: Person): Readonly<Record<string, string>> => {
  const { header, claims } = partsOf(token);
  const signed = (changes: object, more: object = {}): string =>
    jwt.sign(JSON.stringify({ ...claims, ...changes }), KEY, {
      algorithm: 'ES256',
      header: { ...header, ...more },
    });
  const now = Math.floor(Date.now() / 1000);
  return {
    'expired a second ago': signed({ exp: now - 1 }),
    'without an end': signed({ exp: undefined }),
    'not good yet': signed({ nbf: now + 60 }),
    'of another issuer': signed({ iss: 'https://shop.example' }),
    'for another audience': signed({ aud: 'warehouse' }),
    'of another type': signed({}, { typ: 'JWT' }),
    'of no type': signed({}, { typ: undefined }),
    'of no key': signed({}, { kid: undefined }),
    'of an unknown session': signed({ sid: newId() }),
    'of a session that is no id': signed({ sid: "' or 1=1" }),
    'of a session that is no text': signed({ sid: { $ne: null } }),
    'of nobody': signed({ sub: newId() }),
    'of another user’s session': signed({ sub: another.id }),
  };
};

forEachShop((_name, open) => {
  describe('given a bad access token', () => {
    let shop: ShopUnderTest;
    let stocked: StockedShop;
    let guarded: readonly Operation[];
    before(async () => {
      shop = await open({ environment: { JWT_PRIVATE_KEY: KEY } });
      stocked = await stock(shop);
      guarded = operationsOf(shop, stocked).filter(({ row }) => row.access !== 'anyone');
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
      it(`${title}, and writes nothing`, () => expectNothingWritten(shop, stocked.ada.token, act));
    };

    itWritesNothing('refuses it at every call that needs one, and none at all', async () => {
      const expired = misplaced(shop.adminToken, stocked.ada)['expired a second ago'] ?? '';
      for (const { row, path, body, call } of guarded) {
        const json = row.body === undefined ? {} : { json: body };
        expectRefused(await call({ token: expired, ...json }), row.operationId);
        const answer = await shop[row.method](path, json);
        expectProblem(answer, 401, 'unauthenticated');
        expect(answer.headers['www-authenticate']).to.equal('Bearer');
      }
      expect(guarded.length).to.be.greaterThan(35);
    });

    for (const [title, make] of [
      ['forged', forgeries],
      ['well signed but misplaced', misplaced],
    ] as const) {
      itWritesNothing(`refuses every one that is ${title}`, async () => {
        for (const [why, token] of Object.entries(make(shop.adminToken, stocked.ada))) {
          expectRefused(await shop.get('/auth/me', { token }), why);
          expectRefused(await shop.post('/categories', { token, json: { name: 'Mine' } }), why);
        }
        const { claims, header } = partsOf(shop.adminToken);
        const again = jwt.sign(claims, KEY, { algorithm: 'ES256', header });
        expect((await shop.get('/auth/me', { token: again })).status, 'a good one').to.equal(200);
      });
    }

    it('refuses that of a disabled user, of an erased one and of an ended session at once', async () => {
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
