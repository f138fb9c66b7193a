import { expect } from 'chai';
import { forEachShape, type Person, type ShopUnderTest } from '../support/test-shop.js';

const ABSENT = '0196f0a0-0000-7000-8000-000000000000';

forEachShape((_shape, open) => {
  describe('Accounts over HTTP: users, for administrators', () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    const list = (query: string) => shop.get(`/users${query}`, { token: shop.adminToken });
    const get = (id: string) => shop.get(`/users/${id}`, { token: shop.adminToken });
    const patch = (id: string, json: unknown, token = shop.adminToken) =>
      shop.patch(`/users/${id}`, { token, json });
    const idsOf = async (query: string): Promise<readonly string[]> =>
      ((await list(query)).body.items as readonly Person[]).map(({ id }) => id);

    it('Users are shown one by one', async () => {
      const ann = await shop.signUp();
      const { status, headers, body } = await get(ann.id.toUpperCase());
      expect([status, headers['cache-control']]).to.deep.equal([200, 'no-store']);
      expect(body).to.have.all.keys(
        ...['id', 'name', 'email', 'emailVerified', 'username', 'role', 'disabled', 'createdAt', 'updatedAt'],
      );
      expect(body).to.include({ id: ann.id, email: ann.email, role: 'customer', disabled: false });
    });

    it('Users are not found by an unknown or invalid id', async () => {
      for (const id of [ABSENT, 'ann', '1', '%00']) {
        expect((await get(id)).status, id).to.equal(404);
        expect((await patch(id, { disabled: true })).status, id).to.equal(404);
      }
    });

    it('Users are listed the latest first, page by page, with a link to the next one', async () => {
      const people = [await shop.signUp(), await shop.signUp(), await shop.signUp()].map(({ id }) => id);
      const seen: string[] = [];
      let path: string | undefined = '/users?limit=2&disabled=false';
      while (path !== undefined) {
        const { status, headers, body } = await shop.get(path, { token: shop.adminToken });
        expect(status).to.equal(200);
        seen.push(...body.items.map(({ id }: Person) => id));
        path = /<(?<next>[^>]+)>; rel="next"/.exec(headers['link'] ?? '')?.groups?.['next'];
        expect(path === undefined).to.equal(body.nextCursor === null);
        if (path !== undefined) expect(path).to.include('disabled=false').and.include(body.nextCursor);
      }
      expect(seen.slice(0, 3)).to.deep.equal(people.toReversed());
      expect(seen).to.have.lengthOf(new Set(seen).size);
      expect(seen).to.have.lengthOf((await idsOf('?limit=100&disabled=false')).length);
    });

    it('Users are listed by role and by being disabled', async () => {
      const [admin, disabled, customer] = [await shop.signUp(), await shop.signUp(), await shop.signUp()];
      await patch(admin.id, { role: 'admin' });
      await patch(disabled.id, { disabled: true });
      expect(await idsOf('?role=admin'))
        .to.include(admin.id)
        .and.not.include(customer.id);
      expect(await idsOf('?disabled=true')).to.deep.equal([disabled.id]);
      const others = await idsOf('?role=customer&disabled=false');
      expect(others).to.include(customer.id).and.not.include(disabled.id).and.not.include(admin.id);
    });

    it('Users are not listed by a query that is not understood', async () => {
      const { nextCursor } = (await list('?limit=1')).body;
      for (const query of [
        '?limit=0',
        '?limit=101',
        '?limit=1.5',
        '?limit=x',
        '?limit=1&limit=2',
        '?role=boss',
        '?disabled=maybe',
        '?name=ann',
        '?after=x',
        `?after=${nextCursor}x`,
        `?role=admin&after=${nextCursor}`,
      ]) {
        expect((await list(query)).status, query).to.equal(400);
      }
      expect((await list(`?limit=1&after=${nextCursor}`)).status).to.equal(200);
    });

    it('Users are promoted and demoted, which counts from their next request on', async () => {
      const ann = await shop.signUp();
      const asAnn = async () => (await shop.get('/users', { token: ann.token })).status;
      expect(await asAnn()).to.equal(403);
      expect((await patch(ann.id, { role: 'admin' })).body).to.include({ id: ann.id, role: 'admin' });
      expect(await asAnn()).to.equal(200);
      await patch(ann.id, { role: 'customer' });
      expect(await asAnn()).to.equal(403);
    });

    it('Users lose their sessions when they are disabled, and may log in again once enabled', async () => {
      const ann = await shop.signUp();
      const logIn = () => shop.post('/auth/login', { json: { email: ann.email, password: ann.password } });
      expect((await patch(ann.id, { disabled: true })).body.disabled).to.equal(true);
      expect((await shop.get('/auth/me', { token: ann.token })).status).to.equal(401);
      expect((await logIn()).status).to.equal(401);
      expect((await patch(ann.id, { disabled: false })).body.disabled).to.equal(false);
      expect((await shop.get('/auth/me', { token: ann.token })).status).to.equal(401);
      expect((await logIn()).status).to.equal(200);
    });

    it('Users always include an administrator', async () => {
      const self = (await shop.get('/auth/me', { token: shop.adminToken })).body.id;
      for (const id of await idsOf('?role=admin&limit=100'))
        if (id !== self) await patch(id, { role: 'customer' });
      for (const change of [{ role: 'customer' }, { disabled: true }]) {
        const { status, body } = await patch(self, change);
        expect([status, body.code]).to.deep.equal([409, 'last_admin']);
      }
      const erasure = await shop.delete('/customers/me', { token: shop.adminToken });
      expect([erasure.status, erasure.body.code]).to.deep.equal([409, 'last_admin']);
      expect((await patch(self, { role: 'admin', disabled: false })).status).to.equal(200);
    });

    it('Users are changed in nothing but role and state', async () => {
      const ann = await shop.signUp();
      const before = (await get(ann.id)).body;
      for (const json of [
        { name: 'Other' },
        { email: 'other@example.org' },
        { password: 'a new password' },
        { id: ABSENT },
        { role: 'boss' },
        { role: null },
        { disabled: 'true' },
        { disabled: 1 },
        { disabled: true, version: 1 },
      ]) {
        expect((await patch(ann.id, json)).status, JSON.stringify(json)).to.equal(422);
      }
      expect((await get(ann.id)).body).to.deep.equal(before);
    });

    it('Users are shown to and changed by administrators only', async () => {
      const ann = await shop.signUp();
      const calls = (token?: string) => {
        const options = token === undefined ? {} : { token };
        return Promise.all([
          shop.get('/users', options),
          shop.get(`/users/${ann.id}`, options),
          shop.patch(`/users/${ann.id}`, { ...options, json: { role: 'admin' } }),
        ]);
      };
      expect((await calls()).map(({ status }) => status)).to.deep.equal([401, 401, 401]);
      expect((await calls(ann.token)).map(({ status }) => status)).to.deep.equal([403, 403, 403]);
      expect((await get(ann.id)).body.role).to.equal('customer');
    });
  });
});
