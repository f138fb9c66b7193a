import { expect } from 'chai';
import { SCOPES } from '#src/kernel/actor.js';
import { makeKey, type MadeKey } from '../support/api-keys.js';
import { newId } from '../support/builders/ids.js';
import { eventually } from '../support/eventually.js';
import type { Received } from '../support/http-client.js';
import { anOrderedShopper, expectProblem } from '../support/shopping.js';
import { forEachShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const START = new Date('2026-05-01T12:00:00.000Z');
const MINUTE = 60_000;
/** A key as the shop shows it. */
interface Shown {
  readonly lastUsedAt: string | null;
}

const PRODUCT = { name: 'Bowl', description: 'Deep', price: 4.5 };

forEachShop((name, open) => {
  describe(`API keys over HTTP on ${name}`, () => {
    let now = START;
    let shop: ShopUnderTest;
    let admin: string;
    before(async () => {
      shop = await open({ overrides: { now: () => () => now } });
    });
    beforeEach(async () => {
      now = START;
      admin = await shop.newAdminToken();
    });
    after(() => shop.close());

    const pass = (ms: number): void => {
      now = new Date(now.getTime() + ms);
    };
    const create = (json: unknown, token = admin): Promise<Received> =>
      shop.post('/api-keys', { token, json });
    const revoke = ({ id }: Pick<MadeKey, 'id'>): Promise<Received> =>
      shop.delete(`/api-keys/${id}`, { token: admin });
    const shown = async ({ id }: Pick<MadeKey, 'id'>): Promise<Shown> => {
      const { status, body } = await shop.get(`/api-keys/${id}`, { token: admin });
      expect(status, JSON.stringify(body)).to.equal(200);
      return body as Shown;
    };
    const orders = (token: string): Promise<Received> => shop.get('/orders', { token });
    const entries = async (search: string): Promise<readonly Record<string, unknown>[]> => {
      const { body } = await shop.get(`/audit-log?limit=100&${search}`, { token: admin });
      return body.items as readonly Record<string, unknown>[];
    };
    const me = async (token: string): Promise<string> =>
      String((await shop.get('/auth/me', { token })).body.id);
    const anAdministrator = async (): Promise<Person> => {
      const person = await shop.signUp();
      const json = { role: 'admin' };
      expect((await shop.patch(`/users/${person.id}`, { token: admin, json })).status).to.equal(200);
      return person;
    };

    it('POST /api-keys returns the key, and no other call does', async () => {
      const made = await create({ name: ' Warehouse ', scopes: ['orders:read', 'catalog:write'] });
      expect(made.status).to.equal(201);
      expect(made.headers).to.include({
        location: `/api-keys/${String(made.body.id)}`,
        'cache-control': 'no-store',
      });
      const { secret, ...key } = made.body;
      expect(key).to.deep.equal({
        id: key.id,
        name: 'Warehouse',
        prefix: secret.slice(0, 9),
        scopes: ['catalog:write', 'orders:read'],
        createdBy: await me(admin),
        createdAt: now.toISOString(),
        expiresAt: null,
        lastUsedAt: null,
        revokedAt: null,
      });
      expect(await shown(key)).to.deep.equal(key);
      const list = await shop.get('/api-keys?limit=1', { token: admin });
      expect(list.body.items).to.deep.equal([key]);
      expect((await orders(secret)).status).to.equal(200);
    });

    it('POST /api-keys refuses what is no key, with the field that is wrong', async () => {
      const good = { name: 'Warehouse', scopes: ['orders:read'] };
      const wrong: readonly (readonly [object, string])[] = [
        [{ ...good, name: '' }, '/name'],
        [{ ...good, name: 'x'.repeat(121) }, '/name'],
        [{ ...good, scopes: [] }, '/scopes'],
        [{ ...good, scopes: ['orders:delete'] }, '/scopes/0'],
        [{ ...good, scopes: ['orders:read orders:write'] }, '/scopes/0'],
        [{ ...good, scopes: 'orders:read' }, '/scopes'],
        [{ ...good, scopes: [...SCOPES, 'orders:read'] }, '/scopes'],
        [{ name: 'Warehouse' }, '/scopes'],
        [{ ...good, expiresAt: 'tomorrow' }, '/expiresAt'],
        [{ ...good, secret: 'pk_mine' }, '/secret'],
        [{ ...good, createdBy: newId() }, '/createdBy'],
      ];
      for (const [json, pointer] of wrong) {
        const refused = await create(json);
        expectProblem(refused, 422, 'invalid_body');
        expect(refused.body.errors[0].pointer, JSON.stringify(json)).to.equal(pointer);
      }
    });

    it('POST /api-keys refuses an expiry that has passed', async () => {
      for (const expiresAt of [now, new Date(now.getTime() - 1), new Date(0)]) {
        const refused = await create({
          name: 'Late',
          scopes: ['orders:read'],
          expiresAt: expiresAt.toISOString(),
        });
        expectProblem(refused, 422, 'expiry_in_past');
        expect(refused.body.errors).to.deep.equal([
          { pointer: '/expiresAt', detail: 'The expiry must be in the future.' },
        ]);
      }
      const list = await shop.get('/api-keys?limit=100', { token: admin });
      expect(list.body.items.map(({ name: each }: { name: string }) => each)).not.to.include('Late');
    });

    it('POST /api-keys is refused ten minutes after the log-in, and a revocation is not', async () => {
      const key = await makeKey(shop);
      pass(10 * MINUTE);
      expectProblem(
        await create({ name: 'Late', scopes: ['orders:read'] }, admin),
        403,
        'recent_login_required',
      );
      expect((await revoke(key)).status).to.equal(204);
    });

    it('API keys that are created at once with the same Idempotency-Key are different keys: no secret is stored for a replay', async () => {
      const json = { name: 'Twice', scopes: ['orders:read'] };
      const headers = { 'Idempotency-Key': newId() };
      const made = await Promise.all(
        [1, 2].map(() => shop.post('/api-keys', { token: admin, json, headers })),
      );
      expect(made.map(({ status }) => status)).to.deep.equal([201, 201]);
      expect(new Set(made.flatMap(({ body }): unknown[] => [body.id, body.secret])).size).to.equal(4);
      for (const { body } of made) expect((await orders(body.secret)).status).to.equal(200);
    });

    it('An API key is refused from the request after its revocation on', async () => {
      const key = await makeKey(shop);
      expect((await orders(key.secret)).status).to.equal(200);
      expect((await revoke(key)).status).to.equal(204);
      const refused = await orders(key.secret);
      expectProblem(refused, 401, 'invalid_token');
      expect(refused.headers['www-authenticate']).to.equal('Bearer error="invalid_token"');
      expect(await shown(key)).to.include({ revokedAt: now.toISOString() });
    });

    it('An API key that is revoked twice, and twice at once, keeps the time of one revocation, which the audit log has once', async () => {
      const key = await makeKey(shop);
      const at = now.toISOString();
      const statuses = (await Promise.all([1, 2, 3].map(() => revoke(key)))).map(({ status }) => status);
      expect(statuses).to.deep.equal([204, 204, 204]);
      pass(MINUTE);
      expect((await revoke(key)).status).to.equal(204);
      expect(await shown(key)).to.include({ revokedAt: at });
      const told = (await entries(`subject=${key.id}`)).map(({ action, actorType }) => [action, actorType]);
      expect(told).to.deep.equal([
        ['api_key.revoked', 'user'],
        ['api_key.created', 'user'],
      ]);
      expectProblem(await revoke({ id: newId() }), 404, 'api_key_not_found');
    });

    it('An API key is refused from its expiry on', async () => {
      const expiresAt = new Date(now.getTime() + MINUTE).toISOString();
      const { secret } = await makeKey(shop, ['orders:read'], { expiresAt });
      pass(MINUTE - 1);
      expect((await orders(secret)).status).to.equal(200);
      pass(1);
      expectProblem(await orders(secret), 401, 'invalid_token');
    });

    it('An API key shows its last use, which is stored once a minute', async () => {
      const key = await makeKey(shop);
      const lastUse = async (): Promise<unknown> => (await shown(key)).lastUsedAt;
      const becomes = (at: Date) =>
        eventually(async () => ((await lastUse()) === at.toISOString() ? true : null), 'the use');
      expect(await lastUse()).to.equal(null);
      const first = now;
      await orders(key.secret);
      await becomes(first);
      pass(MINUTE);
      await orders(key.secret);
      pass(1);
      expectProblem(await shop.get('/cart', { token: key.secret }), 403, 'user_required');
      await becomes(now); // also of a request that is refused; the one before was too early to be stored
    });

    it('An API key is sent as a bearer token, in any letter case and with any spaces, and nowhere else', async () => {
      const { secret } = await makeKey(shop);
      const sent = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
        const { status, body } = await shop.get(path, { headers });
        return status === 200 ? '200' : `${String(status)} ${String(body.code)}`;
      };
      for (const field of [`Bearer ${secret}`, `bearer ${secret}`, `BEARER   ${secret}`, `Bearer ${secret} `])
        expect(await sent('/orders', { Authorization: field }), field).to.equal('200');
      for (const field of [
        `Bearer ${secret}, Bearer ${secret}`,
        `Bearer ${secret} ${secret}`,
        `Bearer ${secret.toLowerCase()}`,
        `Bearer ${secret.slice(0, -1)}`,
        `Bearer ${secret}0`,
        `Bearer ${secret.replace('pk_', 'pk-')}`,
        `Bearer "${secret}"`,
        `Bearer ${Buffer.from(secret).toString('base64')}`,
        `Bearer pk_${'0'.repeat(4000)}`,
      ])
        expect(await sent('/orders', { Authorization: field }), field).to.equal('401 invalid_token');
      for (const headers of [
        { Authorization: secret },
        { Authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` },
        { Authorization: `Token ${secret}` },
        { 'X-Api-Key': secret },
        { Cookie: `token=${secret}` },
      ])
        expect(await sent('/orders', headers)).to.equal('401 unauthenticated');
      expect(await sent(`/orders?access_token=${secret}`)).to.equal('401 unauthenticated');
    });

    it('An API key does what its scopes say for the whole shop, and the audit log names it', async () => {
      const { orderId, shopper: ada } = await anOrderedShopper(shop);
      const key = await makeKey(shop, ['catalog:write', 'orders:read', 'orders:write', 'customers:read']);
      const token = key.secret;
      const product = await shop.post('/products', { token, json: PRODUCT });
      expect(product.status).to.equal(201);
      expect((await shop.get(`/orders/${orderId}`, { token })).body.userId).to.equal(ada.id);
      const confirmed = await shop.patch(`/orders/${orderId}`, { token, json: { status: 'confirmed' } });
      expect([confirmed.status, confirmed.body.status]).to.deep.equal([200, 'confirmed']);
      const cancelled = await shop.patch(`/orders/${orderId}`, { token, json: { status: 'cancelled' } });
      expect([cancelled.status, cancelled.body.status]).to.deep.equal([200, 'cancelled']);
      expect((await shop.get(`/customers/${ada.id}`, { token })).body.id).to.equal(ada.id);
      expectProblem(
        await shop.patch(`/customers/${ada.id}`, { token, json: { name: 'Eve' } }),
        403,
        'insufficient_scope',
      );
      const told = await eventually(async () => {
        const found = await entries(`actor=${key.id}`);
        return found.length === 3 ? found : null;
      }, 'three entries');
      expect(told.map(({ action, actorType }) => [action, actorType])).to.deep.equal([
        ['order.cancelled', 'api_key'],
        ['order.confirmed', 'api_key'],
        ['product.created', 'api_key'],
      ]);
      expect(told.map(({ subjectId }) => subjectId)).to.deep.equal([orderId, orderId, product.body.id]);
    });

    it('An API key is no customer and manages no users, sessions or keys', async () => {
      const { secret: token } = await makeKey(shop);
      const { id } = await shop.signUp();
      const closed = [
        shop.get('/cart', { token }),
        shop.post('/orders', { token, json: {} }),
        shop.get('/orders/mine', { token }),
        shop.get('/customers/me', { token }),
        shop.delete(`/customers/${id}`, { token }),
        shop.get('/auth/me', { token }),
        shop.post('/auth/logout', { token }),
        shop.patch(`/users/${id}`, { token, json: { role: 'admin' } }),
        shop.get('/audit-log', { token }),
        create({ name: 'Child', scopes: SCOPES }, token),
        shop.get('/api-keys', { token }),
      ];
      for (const refused of await Promise.all(closed)) expectProblem(refused, 403, 'user_required');
    });

    it('An API key belongs to the shop: it works on when its administrator is demoted, disabled or erased', async () => {
      const ends: Readonly<Record<string, (person: Person) => Promise<Received>>> = {
        demoted: ({ id }) => shop.patch(`/users/${id}`, { token: admin, json: { role: 'customer' } }),
        disabled: ({ id }) => shop.patch(`/users/${id}`, { token: admin, json: { disabled: true } }),
        erased: ({ id }) => shop.delete(`/customers/${id}`, { token: admin }),
      };
      for (const [what, end] of Object.entries(ends)) {
        const person = await anAdministrator();
        const { body } = await create({ name: what, scopes: ['orders:read'] }, person.token);
        expect((await end(person)).status, what).to.be.within(200, 204);
        expect((await create({ name: what, scopes: ['orders:read'] }, person.token)).status).to.be.within(
          401,
          403,
        );
        expect((await orders(body.secret)).status, what).to.equal(200);
        expect(await shown(body)).to.include({ createdBy: person.id });
        expect((await revoke(body)).status).to.equal(204);
        expectProblem(await orders(body.secret), 401, 'invalid_token');
      }
    });

    it('API keys are for administrators', async () => {
      const { token } = await shop.signUp();
      const key = await makeKey(shop);
      for (const refused of [
        await create({ name: 'Mine', scopes: SCOPES }, token),
        await shop.get('/api-keys', { token }),
        await shop.get(`/api-keys/${key.id}`, { token }),
        await shop.delete(`/api-keys/${key.id}`, { token }),
      ])
        expectProblem(refused, 403, 'forbidden');
      expect((await orders(key.secret)).status).to.equal(200);
    });
  });
});
