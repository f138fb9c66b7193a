import { expect } from 'chai';
import { MAX_ADDRESSES } from '#src/contexts/customers/domain/customer.js';
import { newId } from '../support/builders/ids.js';
import type { Received } from '../support/http-client.js';
import { testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const ADDRESS = { line1: '12 Rose Lane', city: 'Dublin', country: 'IE' };
const FULL_ADDRESS = {
  name: 'Grace',
  line1: '1 Main Street',
  line2: 'Flat 2',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
  phone: '+1 217 555 0100',
};
const NO_ID = ['me-not', '0', 'x'.repeat(400), '%F0%9F%A7%B5'];

/** Values that a field refuses, whatever else is right. */
const badText = (max: number): readonly unknown[] => [
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

describe('Customers over HTTP', () => {
  let shop: ShopUnderTest;
  before(async () => {
    shop = await testShop();
  });
  after(() => shop.close());

  const profileOf = (person: Person): Promise<Received> => shop.get('/customers/me', { token: person.token });
  const addAddress = (person: Person, json: object = ADDRESS): Promise<Received> =>
    shop.post('/customers/me/addresses', { token: person.token, json });
  const expectProblem = ({ status, body }: Received, expected: number, code: string): void => {
    expect([status, body.code]).to.deep.equal([expected, code]);
  };
  const aProduct = async (quantity: number): Promise<string> => {
    const json = { name: 'Teapot', description: 'Round', price: 12.5, quantity };
    return (await shop.post('/products', { token: shop.adminToken, json })).body.id as string;
  };
  const order = async (person: Person, productId: string): Promise<string> => {
    await shop.post('/cart', { token: person.token, json: { productId, quantity: 2 } });
    const { status, body } = await shop.post('/orders', {
      token: person.token,
      json: { shippingAddress: ADDRESS },
    });
    expect(status).to.equal(201);
    return body.id as string;
  };
  const move = (orderId: string, status: string): Promise<Received> =>
    shop.patch(`/orders/${orderId}`, { token: shop.adminToken, json: { status } });

  describe('access', () => {
    const id = newId();
    const mine = [
      ['get', '/customers/me'],
      ['patch', '/customers/me'],
      ['delete', '/customers/me'],
      ['get', '/customers/me/export'],
      ['get', '/customers/me/addresses'],
      ['post', '/customers/me/addresses'],
      ['get', `/customers/me/addresses/${id}`],
      ['put', `/customers/me/addresses/${id}`],
      ['delete', `/customers/me/addresses/${id}`],
    ] as const;
    const forAdministrators = [
      ['get', '/customers'],
      ['post', '/customers'],
      ['get', `/customers/${id}`],
      ['put', `/customers/${id}`],
      ['patch', `/customers/${id}`],
      ['delete', `/customers/${id}`],
    ] as const;

    for (const [method, path] of [...mine, ...forAdministrators])
      it(`refuses ${method.toUpperCase()} ${path.replace(id, ':id')} without a token and with a bad one`, async () => {
        expectProblem(await shop[method](path), 401, 'unauthenticated');
        expectProblem(await shop[method](path, { token: `${shop.adminToken}x` }), 401, 'invalid_token');
      });

    for (const [method, path] of forAdministrators)
      it(`refuses ${method.toUpperCase()} ${path.replace(id, ':id')} to customers, their own id included`, async () => {
        const { token, id: own } = await shop.signUp();
        expectProblem(await shop[method](path, { token }), 403, 'forbidden');
        expectProblem(await shop[method](path.replace(id, own), { token }), 403, 'forbidden');
      });
  });

  describe('my profile', () => {
    it('comes with the account', async () => {
      const ada = await shop.signUp({ name: 'Ada' });
      const { status, body, headers } = await profileOf(ada);
      expect(status).to.equal(200);
      expect(headers['etag']).to.equal('"1"');
      expect(body).to.include({ id: ada.id, name: 'Ada', email: ada.email, phone: null });
      expect(body.addresses).to.deep.equal([]);
    });

    it('shares its name with the account, whichever is changed', async () => {
      const { token } = await shop.signUp();
      const changed = await shop.patch('/customers/me', { token, json: { name: ' Grace\u0301 ' } });
      expect(changed.body.name).to.equal('Gracé');
      expect((await shop.get('/auth/me', { token })).body.name).to.equal('Gracé');
      await shop.patch('/auth/me', { token, json: { name: 'Joan' } });
      expect((await shop.get('/customers/me', { token })).body.name).to.equal('Joan');
    });

    it('follows the e-mail address of the account', async () => {
      const { token, password } = await shop.signUp();
      const email = `${newId()}@moved.test`;
      const moved = await shop.patch('/auth/me', { token, json: { email, currentPassword: password } });
      expect(moved.status).to.equal(200);
      expect((await shop.get('/customers/me', { token })).body.email).to.equal(email);
    });

    it('changes what a PATCH names, and nothing else', async () => {
      const ada = await shop.signUp();
      await addAddress(ada);
      const { body: before } = await profileOf(ada);
      const { status, body } = await shop.patch('/customers/me', { token: ada.token, json: { phone: '1' } });
      expect(status).to.equal(200);
      expect({ ...body, updatedAt: '' }).to.deep.equal({ ...before, phone: '1', updatedAt: '' });
      const cleared = await shop.patch('/customers/me', { token: ada.token, json: { phone: null } });
      expect(cleared.body.phone).to.equal(null);
    });

    it('refuses what is not the caller’s to change, and what is no name or number, and writes nothing', async () => {
      const ada = await shop.signUp();
      const { body: before } = await profileOf(ada);
      const smuggled = {
        id: newId(),
        email: 'x@y.test',
        role: 'admin',
        addresses: [],
        version: 9,
        createdAt: before.createdAt,
      };
      const bodies = [
        ...Object.entries(smuggled).map(([field, value]) => ({ name: 'Mallory', [field]: value })),
        ...[null, ...badText(120)].map((name) => ({ phone: '1', name })),
        ...badText(40).map((phone) => ({ name: 'Mallory', phone })),
      ];
      for (const json of bodies)
        expectProblem(await shop.patch('/customers/me', { token: ada.token, json }), 422, 'invalid_body');
      expect((await profileOf(ada)).body).to.deep.equal(before);
    });

    it('points at every field that is wrong', async () => {
      const { token } = await shop.signUp();
      const { body } = await shop.patch('/customers/me', {
        token,
        json: { name: '', phone: 7, role: 'admin' },
      });
      const pointers = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer).sort();
      expect(pointers).to.deep.equal(['/name', '/phone', '/role']);
    });

    it('is not sent again while it is what the caller has', async () => {
      const ada = await shop.signUp();
      const { headers } = await profileOf(ada);
      const ifNoneMatch = { token: ada.token, headers: { 'If-None-Match': headers['etag'] ?? '' } };
      const unchanged = await shop.get('/customers/me', ifNoneMatch);
      expect(unchanged.status).to.equal(304);
      expect(unchanged.headers['etag']).to.equal(headers['etag']);
      await addAddress(ada);
      expect((await shop.get('/customers/me', ifNoneMatch)).status).to.equal(200);
    });

    it('changes only while If-Match names its version', async () => {
      const ada = await shop.signUp();
      const patch = (ifMatch: string, phone: string): Promise<Received> =>
        shop.patch('/customers/me', { token: ada.token, json: { phone }, headers: { 'If-Match': ifMatch } });
      const first = await patch('"1"', 'first');
      expect([first.status, first.headers['etag']]).to.deep.equal([200, '"2"']);
      for (const stale of ['"1"', 'W/"2"', '"2.0"', '"02"', '2', 'nonsense', '"1", "3"', '""'])
        expectProblem(await patch(stale, 'stale'), 412, 'precondition_failed');
      expect((await profileOf(ada)).body.phone).to.equal('first');
      expect((await patch('"1", "2"', 'second')).status).to.equal(200);
      expect((await patch('*', 'third')).body.phone).to.equal('third');
    });

    it('lets one of several who change the same version win', async () => {
      const { token } = await shop.signUp();
      const send = (_: unknown, i: number): Promise<Received> =>
        shop.patch('/customers/me', { token, json: { phone: String(i) }, headers: { 'If-Match': '"1"' } });
      const answers = await Promise.all(Array.from({ length: 10 }, send));
      const winners = answers.filter(({ status }) => status === 200);
      expect(winners).to.have.length(1);
      expect(answers.filter(({ status }) => status === 412)).to.have.length(9);
      expect((await shop.get('/customers/me', { token })).body.phone).to.equal(winners[0]?.body.phone);
    });
  });

  describe('my address book', () => {
    const listOf = async ({ token }: Person): Promise<{ id: string; isDefault: boolean; city: string }[]> =>
      (await shop.get('/customers/me/addresses', { token })).body.items;

    it('takes an address and shows it at its location, in the list and in the profile', async () => {
      const ada = await shop.signUp();
      const { status, body, headers } = await addAddress(ada, FULL_ADDRESS);
      expect(status).to.equal(201);
      expect(body).to.deep.equal({ ...FULL_ADDRESS, id: body.id, isDefault: true });
      expect(headers['location']).to.equal(`/customers/me/addresses/${String(body.id)}`);
      const read = await shop.get(headers['location'] ?? '', { token: ada.token });
      expect(read.body).to.deep.equal(body);
      expect(await listOf(ada)).to.deep.equal([body]);
      expect((await profileOf(ada)).body.addresses).to.deep.equal([body]);
    });

    it('answers null for what an address does not say', async () => {
      const { body } = await addAddress(await shop.signUp());
      expect(body).to.deep.include({ name: null, line2: null, region: null, postalCode: null, phone: null });
    });

    it('has one default, the one that was asked for last', async () => {
      const ada = await shop.signUp();
      const [first, second] = [await addAddress(ada), await addAddress(ada)];
      expect((await listOf(ada)).map(({ isDefault }) => isDefault)).to.deep.equal([true, false]);
      const path = `/customers/me/addresses/${String(second.body.id)}`;
      await shop.put(path, { token: ada.token, json: { ...ADDRESS, isDefault: true } });
      expect((await listOf(ada)).map(({ isDefault }) => isDefault)).to.deep.equal([false, true]);
      await shop.put(path, { token: ada.token, json: { ...ADDRESS, isDefault: false } });
      expect((await listOf(ada)).map(({ isDefault }) => isDefault)).to.deep.equal([false, true]);
      expect((await shop.delete(path, { token: ada.token })).status).to.equal(204);
      expect(await listOf(ada)).to.deep.equal([{ ...first.body, isDefault: true }]);
    });

    it('replaces an address as a whole', async () => {
      const ada = await shop.signUp();
      const { body, headers } = await addAddress(ada, FULL_ADDRESS);
      const replaced = await shop.put(headers['location'] ?? '', { token: ada.token, json: ADDRESS });
      expect(replaced.status).to.equal(200);
      const nothing = { name: null, line2: null, region: null, postalCode: null, phone: null };
      expect(replaced.body).to.deep.equal({ ...ADDRESS, ...nothing, id: body.id, isDefault: true });
    });

    it('refuses what is no address, and writes nothing', async () => {
      const ada = await shop.signUp();
      const { body: before, headers } = await addAddress(ada, FULL_ADDRESS);
      const fields: Readonly<Record<string, readonly unknown[]>> = {
        line1: [undefined, null, ...badText(200)],
        city: [undefined, null, ...badText(120)],
        country: [undefined, null, ...badText(2), 'ie', 'I', 'IRL', ' IE', 'I1', 'ÄÖ'],
        name: badText(120),
        line2: badText(200),
        region: badText(120),
        postalCode: badText(20),
        phone: badText(40),
        isDefault: [null, 1, 'true'],
        ...{ id: [newId()], customerId: [newId()], position: [1], defaultFor: [ada.id] },
      };
      for (const [field, values] of Object.entries(fields))
        for (const value of values) {
          const json = { ...ADDRESS, [field]: value };
          expectProblem(await addAddress(ada, json), 422, 'invalid_body');
          expectProblem(
            await shop.put(headers['location'] ?? '', { token: ada.token, json }),
            422,
            'invalid_body',
          );
        }
      expect(await listOf(ada)).to.deep.equal([before]);
    });

    it('has no address of anybody else, nor one whose id is no UUID', async () => {
      const [ada, eve] = [await shop.signUp(), await shop.signUp()];
      const { body } = await addAddress(ada);
      await addAddress(eve);
      const token = eve.token;
      for (const [id, code] of [
        [body.id as string, 'address_not_found'],
        [newId(), 'address_not_found'],
        ...NO_ID.map((id) => [id, 'not_found'] as const),
      ] as const) {
        const path = `/customers/me/addresses/${id}`;
        expectProblem(await shop.get(path, { token }), 404, code);
        expectProblem(await shop.put(path, { token, json: ADDRESS }), 404, code);
        expectProblem(await shop.delete(path, { token }), 404, code);
      }
      expect(await listOf(ada)).to.deep.equal([body]);
    });

    it('is read page by page, while addresses come and go', async () => {
      const ada = await shop.signUp();
      const added: string[] = [];
      for (let i = 0; i < 5; i += 1) added.push((await addAddress(ada)).body.id as string);
      const read = (path: string): Promise<Received> => shop.get(path, { token: ada.token });
      const first = await read('/customers/me/addresses?limit=2');
      expect(first.headers['link']).to.match(
        /^<\/customers\/me\/addresses\?limit=2&after=[\w-]+>; rel="next"$/,
      );
      await shop.delete(`/customers/me/addresses/${added[1] ?? ''}`, { token: ada.token });
      const second = await read(`/customers/me/addresses?limit=2&after=${String(first.body.nextCursor)}`);
      const third = await read(`/customers/me/addresses?limit=2&after=${String(second.body.nextCursor)}`);
      const pages = [first, second, third].map(({ body }) =>
        (body.items as { id: string }[]).map(({ id }) => id),
      );
      expect(pages).to.deep.equal([added.slice(0, 2), added.slice(2, 4), added.slice(4)]);
      expect(third.body.nextCursor).to.equal(null);
      expect(third.headers).not.to.have.property('link');
    });

    it('is full at some point', async () => {
      const ada = await shop.signUp();
      for (let i = 0; i < MAX_ADDRESSES; i += 1) expect((await addAddress(ada)).status).to.equal(201);
      const full = await addAddress(ada);
      expectProblem(full, 409, 'address_book_full');
      expect(full.body.limit).to.equal(MAX_ADDRESSES);
    });

    it('loses none of several addresses that are added at once', async () => {
      const ada = await shop.signUp();
      const cities = ['Athy', 'Bray', 'Cork', 'Dingle', 'Ennis'];
      await Promise.all(cities.map((city) => addAddress(ada, { ...ADDRESS, city, isDefault: true })));
      const all = await listOf(ada);
      expect(all.map(({ city }) => city)).to.have.members(cities);
      expect(all.filter(({ isDefault }) => isDefault)).to.have.length(1);
    });
  });

  describe('export', () => {
    it('shows all that the shop holds on a person, without secrets', async () => {
      const ada = await shop.signUp({ name: 'Ada' });
      await addAddress(ada);
      const productId = await aProduct(9);
      const orderId = await order(ada, productId);
      await shop.post('/cart', { token: ada.token, json: { productId, quantity: 3 } });
      const { status, body } = await shop.get('/customers/me/export', { token: ada.token });
      expect(status).to.equal(200);
      expect(body.customer).to.deep.equal((await profileOf(ada)).body);
      expect(body.account).to.include({ id: ada.id, name: 'Ada', email: ada.email, role: 'customer' });
      expect(body.account.sessions).to.have.length(1);
      expect(body.cart).to.deep.equal({ items: [{ productId, quantity: 3 }] });
      expect(body.orders).to.have.length(1);
      expect(body.orders[0]).to.deep.include({
        id: orderId,
        status: 'pending',
        totalPrice: 25,
        currency: 'USD',
      });
      expect(body.orders[0].shippingAddress).to.include(ADDRESS);
      expect(body.orders[0].products).to.deep.equal([
        { productId, name: 'Teapot', unitPrice: 12.5, quantity: 2, lineTotal: 25 },
      ]);
      expect(JSON.stringify(body)).not.to.match(/hash|password|token|v1\$|\$2[aby]\$/i);
    });

    it('shows nothing of anybody else', async () => {
      const [ada, eve] = [await shop.signUp(), await shop.signUp()];
      await order(ada, await aProduct(2));
      const { body } = await shop.get('/customers/me/export', { token: eve.token });
      expect(body.orders).to.deep.equal([]);
      expect(JSON.stringify(body)).not.to.include(ada.id);
    });
  });

  describe('erasure', () => {
    const erase = ({ token }: Person, headers: Readonly<Record<string, string>> = {}): Promise<Received> =>
      shop.delete('/customers/me', { token, headers });
    const available = async (productId: string): Promise<number> =>
      (await shop.get(`/products/${productId}`)).body.quantity as number;

    it('ends account and sessions at once, and frees the e-mail address', async () => {
      const ada = await shop.signUp();
      const elsewhere = await shop.logIn(ada.email, ada.password);
      expect((await erase(ada)).status).to.equal(204);
      for (const { token } of [ada, elsewhere])
        expectProblem(await shop.get('/customers/me', { token }), 401, 'invalid_token');
      const { refreshToken, email, password } = ada;
      expect((await shop.post('/auth/refresh', { json: { refreshToken } })).status).to.equal(401);
      expect((await shop.post('/auth/login', { json: { email, password } })).status).to.equal(401);
      expectProblem(
        await shop.get(`/customers/${ada.id}`, { token: shop.adminToken }),
        404,
        'customer_not_found',
      );
      const again = await shop.signUp({ email });
      expect(again.id).not.to.equal(ada.id);
      expect((await profileOf(again)).body.addresses).to.deep.equal([]);
    });

    it('keeps orders under a pseudonym, without address, and cancels those that are pending', async () => {
      const ada = await shop.signUp();
      const productId = await aProduct(10);
      const delivered = await order(ada, productId);
      for (const status of ['confirmed', 'shipped', 'delivered']) await move(delivered, status);
      const pending = await order(ada, productId);
      expect(await available(productId)).to.equal(6);
      expect((await erase(ada)).status).to.equal(204);
      const read = async (id: string) => (await shop.get(`/orders/${id}`, { token: shop.adminToken })).body;
      expect(await read(delivered)).to.include({
        userId: ada.id,
        status: 'delivered',
        shippingAddress: null,
      });
      expect(await read(pending)).to.include({ userId: ada.id, status: 'cancelled', shippingAddress: null });
      expect(await available(productId)).to.equal(8);
    });

    for (const status of ['confirmed', 'shipped'])
      it(`is refused while an order is ${status}, and then changes nothing`, async () => {
        const ada = await shop.signUp();
        await addAddress(ada);
        const productId = await aProduct(10);
        const open = await order(ada, productId);
        for (const next of status === 'shipped' ? ['confirmed', 'shipped'] : ['confirmed'])
          await move(open, next);
        const pending = await order(ada, productId);
        const exported = () => shop.get('/customers/me/export', { token: ada.token });
        const { body: before } = await exported();
        expectProblem(await erase(ada), 409, 'open_orders');
        expect((await exported()).body).to.deep.equal(before);
        expect((await shop.get(`/orders/${pending}`, { token: ada.token })).body.status).to.equal('pending');
        expect(await available(productId)).to.equal(6);
      });

    it('is refused to the last administrator', async () => {
      expectProblem(await shop.delete('/customers/me', { token: shop.adminToken }), 409, 'last_admin');
      expect((await shop.get('/customers/me', { token: shop.adminToken })).status).to.equal(200);
    });

    it('happens only while If-Match names the version of the profile', async () => {
      const ada = await shop.signUp();
      await addAddress(ada);
      for (const stale of ['"1"', 'W/"2"', 'nonsense'])
        expectProblem(await erase(ada, { 'If-Match': stale }), 412, 'precondition_failed');
      expect((await profileOf(ada)).status).to.equal(200);
      expect((await erase(ada, { 'If-Match': '"2"' })).status).to.equal(204);
    });
  });

  describe('for administrators', () => {
    const asAdmin = (options: object = {}) => ({ token: shop.adminToken, ...options });
    const enter = (json: object): Promise<Received> => shop.post('/customers', asAdmin({ json }));

    it('enters a customer, with an account that nobody can log in to yet', async () => {
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

    it('refuses an e-mail address that an account has, in whatever spelling', async () => {
      const { email } = await shop.signUp();
      expectProblem(await enter({ name: 'Eve', email: ` ${email.toUpperCase()} ` }), 409, 'email_taken');
      const { body } = await shop.get(`/customers?q=${email}`, asAdmin());
      expect(body.items).to.have.length(1);
    });

    it('refuses what is no customer', async () => {
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

    it('replaces and changes name and telephone number', async () => {
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
        { name: 'Eve', addresses: [] },
      ])
        expectProblem(await shop.put(path, asAdmin({ json })), 422, 'invalid_body');
      expectProblem(await shop.patch(path, asAdmin({ json: { role: 'admin' } })), 422, 'invalid_body');
    });

    it('changes and erases only the version that If-Match names', async () => {
      const { id } = await shop.signUp({ name: 'Ada' });
      const path = `/customers/${id}`;
      const json = { name: 'Eve' };
      for (const stale of ['"2"', 'W/"1"', 'nonsense']) {
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

    it('refuses to erase the last administrator, and customers with open orders', async () => {
      const { body: me } = await shop.get('/customers/me', asAdmin());
      expectProblem(await shop.delete(`/customers/${String(me.id)}`, asAdmin()), 409, 'last_admin');
      const ada = await shop.signUp();
      await move(await order(ada, await aProduct(2)), 'confirmed');
      expectProblem(await shop.delete(`/customers/${ada.id}`, asAdmin()), 409, 'open_orders');
      expect((await profileOf(ada)).status).to.equal(200);
    });

    it('finds nobody under an id that no customer has, or that is none', async () => {
      for (const [id, code] of [
        [newId(), 'customer_not_found'],
        ...NO_ID.map((id) => [id, 'not_found']),
      ] as const) {
        const path = `/customers/${String(id)}`;
        for (const answer of [
          await shop.get(path, asAdmin()),
          await shop.put(path, asAdmin({ json: { name: 'Eve' } })),
          await shop.patch(path, asAdmin({ json: { name: 'Eve' } })),
          await shop.delete(path, asAdmin()),
        ])
          expectProblem(answer, 404, String(code));
      }
    });

    it('finds customers by words of name and e-mail address', async () => {
      const mark = newId();
      const { id } = await shop.signUp({ name: 'Zoë Ångström', email: `zoe@${mark}.test` });
      await shop.signUp({ name: 'Somebody Else', email: `else@${mark}.test` });
      const found = async (q: string): Promise<unknown[]> => {
        const { body } = await shop.get(`/customers?q=${encodeURIComponent(q)}`, asAdmin());
        return (body.items as { id: string }[]).map((item) => item.id);
      };
      expect(await found(`ZOË ${mark}`)).to.deep.equal([id]);
      expect(await found(mark)).to.have.length(2);
      expect(await found(`ångström else ${mark}`)).to.deep.equal([]);
      expect(await found('%')).to.deep.equal([]);
      expect(await found('')).to.include(id);
    });

    it('lists the latest first, by cursor, with the search kept in the link', async () => {
      const mark = newId();
      const ids: string[] = [];
      for (let i = 0; i < 5; i += 1)
        ids.unshift((await shop.signUp({ email: `${String(i)}@${mark}.test` })).id);
      const seen: string[] = [];
      let next: string | undefined = `/customers?q=${mark}&limit=2`;
      while (next !== undefined) {
        const page: Received = await shop.get(next, asAdmin());
        seen.push(...(page.body.items as { id: string }[]).map(({ id }) => id));
        next = /^<([^>]+)>; rel="next"$/.exec(page.headers['link'] ?? '')?.[1];
        expect(page.body.nextCursor === null).to.equal(next === undefined);
      }
      expect(seen).to.deep.equal(ids);
    });

    it('refuses what is no page', async () => {
      const { body } = await shop.get('/customers?limit=1', asAdmin());
      const cursor = String(body.nextCursor);
      for (const query of [
        'limit=0',
        'limit=101',
        'limit=1.5',
        'limit=x',
        'limit=',
        'x=1',
        'q=a&q=b',
        'q=%00',
        `q=${'x'.repeat(201)}`,
      ])
        expectProblem(await shop.get(`/customers?${query}`, asAdmin()), 400, 'invalid_query');
      for (const query of ['after=garbage', `after=${cursor}x`, `q=else&after=${cursor}`])
        expectProblem(await shop.get(`/customers?${query}`, asAdmin()), 400, 'invalid_cursor');
    });
  });
});
