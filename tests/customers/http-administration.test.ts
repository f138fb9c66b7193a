import { expect } from 'chai';
import { newId } from '../support/builders/ids.js';
import type { Received } from '../support/http-client.js';
import { expectShown, forEachShape, type ShopUnderTest } from '../support/test-shop.js';
import { advance, aProduct, badText, expectProblem, NO_ID, order, profileOf } from './http-support.js';

forEachShape((shape, open) => {
  describe('Customers over HTTP, for administrators', () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    const asAdmin = (options: object = {}) => ({ token: shop.adminToken, ...options });
    const enter = (json: object): Promise<Received> => shop.post('/customers', asAdmin({ json }));

    it('An administrator creates a customer, with an account without a password', async () => {
      const email = `${newId()}@entered.test`;
      const { status, body, headers } = await enter({ name: 'Ada', email, phone: '1' });
      expect(status).to.equal(201);
      expect(body).to.include({ name: 'Ada', email, phone: '1' });
      expect(headers['location']).to.equal(`/customers/${String(body.id)}`);
      const read = await shop.get(headers['location'] ?? '', asAdmin());
      expect(read.body).to.deep.equal(body);
      expect(read.headers['etag']).to.equal(headers['etag']);
      expect((await shop.get(`/users/${String(body.id)}`, asAdmin())).body).to.include({
        role: 'customer',
        email,
      });
      for (const password of ['null', 'a long enough password'])
        expect((await shop.post('/auth/login', { json: { email, password } })).status).to.equal(401);
    });

    it('An administrator cannot create a customer with the e-mail address of an account, in whatever spelling', async () => {
      const { email } = await shop.signUp();
      expectProblem(await enter({ name: 'Eve', email: ` ${email.toUpperCase()} ` }), 409, 'email_taken');
      const found = async (): Promise<number> => {
        const { body } = await shop.get(`/customers?q=${email}`, asAdmin());
        return (body.items as readonly unknown[]).length;
      };
      await expectShown(shape, found, 1);
    });

    it('An administrator cannot create an invalid customer', async () => {
      const good = { name: 'Ada', email: `${newId()}@refused.test` };
      for (const json of [
        { name: good.name },
        { email: good.email },
        ...[null, 'ada', 'ada@', '@x.test', 'a b@x.test', ...badText(254)].map((email) => ({
          ...good,
          email,
        })),
        ...[null, ...badText(120)].map((name) => ({ ...good, name })),
        ...badText(40).map((phone) => ({ ...good, phone })),
        ...['id', 'role', 'password', 'username', 'addresses'].map((field) => ({
          ...good,
          [field]: 'admin',
        })),
      ])
        expectProblem(await enter(json), 422, 'invalid_body');
      expect((await shop.get('/customers?q=refused.test', asAdmin())).body.items).to.deep.equal([]);
    });

    it('An administrator replaces and changes name and telephone number', async () => {
      const { id } = await shop.signUp();
      const path = `/customers/${id}`;
      const put = await shop.put(path, asAdmin({ json: { name: 'Grace', phone: '1' } }));
      expect([put.status, put.headers['etag']]).to.deep.equal([200, '"2"']);
      expect(put.body).to.include({ name: 'Grace', phone: '1' });
      expect((await shop.get(`/users/${id}`, asAdmin())).body.name).to.equal('Grace');
      expect((await shop.patch(path, asAdmin({ json: { name: 'Joan' } }))).body).to.include({
        name: 'Joan',
        phone: '1',
      });
      expect((await shop.put(path, asAdmin({ json: { name: 'Joan' } }))).body.phone).to.equal(null);
      for (const json of [
        {},
        { phone: '1' },
        { name: 'Eve', email: 'eve@x.test' },
        { name: 'Eve', addresses: [{}] },
      ])
        expectProblem(await shop.put(path, asAdmin({ json })), 422, 'invalid_body');
      expectProblem(await shop.patch(path, asAdmin({ json: { role: 'admin' } })), 422, 'invalid_body');
    });

    it('An administrator changes and erases only the version that If-Match names', async () => {
      const { id } = await shop.signUp({ name: 'Ada' });
      const path = `/customers/${id}`;
      const json = { name: 'Eve' };
      for (const stale of ['"2"', 'W/"2"', 'nonsense']) {
        const headers = { 'If-Match': stale };
        expectProblem(await shop.put(path, asAdmin({ json, headers })), 412, 'precondition_failed');
        expectProblem(await shop.patch(path, asAdmin({ json, headers })), 412, 'precondition_failed');
        expectProblem(await shop.delete(path, asAdmin({ headers })), 412, 'precondition_failed');
      }
      expect((await shop.get(path, asAdmin())).body.name).to.equal('Ada');
      expect((await shop.delete(path, asAdmin({ headers: { 'If-Match': '"1"' } }))).status).to.equal(204);
      expectProblem(
        await shop.delete(path, asAdmin({ headers: { 'If-Match': '"1"' } })),
        404,
        'customer_not_found',
      );
    });

    it('An administrator cannot erase the last administrator, or customers with open orders', async () => {
      const { body: me } = await shop.get('/customers/me', asAdmin());
      const recently = { token: await shop.newAdminToken() };
      expectProblem(await shop.delete(`/customers/${String(me.id)}`, recently), 409, 'last_admin');
      const ada = await shop.signUp();
      await advance(shop, await order(shop, ada, await aProduct(shop, 2)), 'confirmed');
      expectProblem(await shop.delete(`/customers/${ada.id}`, recently), 409, 'open_orders');
      expect((await profileOf(shop, ada)).status).to.equal(200);
    });

    it('An administrator finds no customer by an unknown or invalid id', async () => {
      for (const [id, code] of [
        [newId(), 'customer_not_found'],
        ...NO_ID.map((id) => [id, 'not_found'] as const),
      ] as const) {
        const path = `/customers/${id}`;
        for (const answer of [
          await shop.get(path, asAdmin()),
          await shop.put(path, asAdmin({ json: { name: 'Eve' } })),
          await shop.patch(path, asAdmin({ json: { name: 'Eve' } })),
          await shop.delete(path, asAdmin()),
        ])
          expectProblem(answer, 404, code);
      }
    });

    it('An administrator finds customers by words of name and e-mail address', async () => {
      const mark = newId();
      const { id } = await shop.signUp({ name: 'Zoë Ångström', email: `zoe@${mark}.test` });
      await shop.signUp({ name: 'Somebody Else', email: `else@${mark}.test` });
      const found = async (q: string): Promise<unknown[]> => {
        const { body } = await shop.get(`/customers?q=${encodeURIComponent(q)}`, asAdmin());
        return (body.items as { id: string }[]).map((item) => item.id);
      };
      await expectShown(shape, () => found(`ZOË ${mark}`), [id]);
      await expectShown(shape, async () => (await found(mark)).length, 2);
      expect(await found(`ångström else ${mark}`)).to.deep.equal([]);
      expect(await found('%%')).to.deep.equal([]);
      expect(await found('')).to.include(id);
    });

    it('An administrator lists the latest first, by cursor, with the search kept in the link', async () => {
      const mark = newId();
      const ids: string[] = [];
      for (let i = 0; i < 5; i += 1) {
        const { id, token } = await shop.signUp({ email: `${String(i)}@${mark}.test` });
        await shop.get('/customers/me', { token }); // services create the profile when it is first used
        ids.unshift(id);
      }
      const walk = async (): Promise<readonly string[]> => {
        const seen: string[] = [];
        let next: string | undefined = `/customers?q=${mark}&limit=2`;
        while (next !== undefined) {
          const page: Received = await shop.get(next, asAdmin());
          seen.push(...(page.body.items as { id: string }[]).map(({ id }) => id));
          next = /^<([^>]+)>; rel="next"$/.exec(page.headers['link'] ?? '')?.[1];
          expect(page.body.nextCursor === null).to.equal(next === undefined);
        }
        return seen;
      };
      await expectShown(shape, walk, ids);
    });

    it('An administrator cannot list an invalid page', async () => {
      const { body } = await shop.get('/customers?limit=1', asAdmin());
      const cursor = String(body.nextCursor);
      for (const query of [
        'limit=0',
        'limit=101',
        'limit=1.5',
        'limit=x',
        'limit=',
        'x=1',
        'q=zoe&q=else',
        'q=%00',
      ])
        expectProblem(await shop.get(`/customers?${query}`, asAdmin()), 400, 'invalid_query');
      for (const query of ['after=garbage', `after=${cursor}x`, `q=else&after=${cursor}`])
        expectProblem(await shop.get(`/customers?${query}`, asAdmin()), 400, 'invalid_cursor');
    });
  });
});
