import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { makeKey } from '../support/api-keys.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { USD } from '../support/persistences.js';
import { testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

/** What ends sessions, each done at one shop; the other one is asked afterwards. */
const ends: Readonly<Record<string, (shop: ShopUnderTest, person: Person) => Promise<{ status: number }>>> = {
  'a log-out': (shop, { token }) => shop.post('/auth/logout', { token }),
  'a log-out everywhere': (shop, { token }) => shop.post('/auth/logout-everywhere', { token }),
  'the end of a session in the list': async (shop, { token }) => {
    const { items } = (await shop.get('/auth/sessions', { token })).body as { items: { id: string }[] };
    return shop.delete(`/auth/sessions/${items[0]?.id ?? ''}`, { token });
  },
  'a new password': async (shop, { email, password }) => {
    const { token } = await shop.logIn(email, password);
    const json = { currentPassword: password, newPassword: 'another long password' };
    return shop.put('/auth/password', { token, json });
  },
  'a disabling': (shop, { id }) =>
    shop.patch(`/users/${id}`, { token: shop.adminToken, json: { disabled: true } }),
  'an erasure': (shop, { token }) => shop.delete('/customers/me', { token }),
};

onEverySqlDatabase('Two shops on one database', (name) => {
  let database: OpenDatabase;
  let here: ShopUnderTest;
  let there: ShopUnderTest;
  before(async () => {
    database = await openSqlDatabase(name, { migrated: false });
    const environment = { DATABASE_URL: database.url };
    here = await testShop({ environment });
    there = await testShop({ environment });
  });
  after(async () => {
    await here.close();
    await there.close();
    await database.close();
  });

  for (const [what, end] of Object.entries(ends)) {
    it(`With two shops on one database, ${what} at one ends the tokens at the other with it`, async () => {
      const person = await here.signUp();
      const { token, refreshToken } = person;
      expect((await there.get('/auth/me', { token })).status).to.equal(200);
      expect((await end(here, person)).status).to.be.within(200, 204);
      const { status, body } = await there.get('/auth/me', { token });
      expect([status, body.code]).to.deep.equal([401, 'invalid_token']);
      expect((await there.post('/auth/refresh', { json: { refreshToken } })).status).to.equal(401);
    });
  }

  it('With two shops on one database, an API key that is revoked at one is refused at the other, also while it is in use there', async () => {
    const { id, secret: token } = await makeKey(here);
    const ordersThere = () => there.get('/orders', { token });
    expect((await ordersThere()).status).to.equal(200);
    const inUse = Array.from({ length: 5 }, ordersThere);
    expect((await here.delete(`/api-keys/${id}`, { token: here.adminToken })).status).to.equal(204);
    for (const { status } of await Promise.all(inUse)) expect([200, 401]).to.include(status);
    const { status, body } = await ordersThere();
    expect([status, body.code]).to.deep.equal([401, 'invalid_token']);
  });

  it('With two shops on one database, an API key that is revoked at both at once is revoked once', async () => {
    const { id, secret: token } = await makeKey(here);
    const statuses = await Promise.all(
      [here, there, here, there].map(
        async (shop) => (await shop.delete(`/api-keys/${id}`, { token: shop.adminToken })).status,
      ),
    );
    expect(statuses).to.deep.equal([204, 204, 204, 204]);
    const log = await here.get(`/audit-log?subject=${id}`, { token: here.adminToken });
    const actions = (log.body.items as readonly { action: string }[]).map(({ action }) => action);
    expect(actions).to.deep.equal(['api_key.revoked', 'api_key.created']);
    expect((await there.get('/orders', { token })).status).to.equal(401);
  });

  it('With two shops on one database, the use of an API key at both is stored, and refuses no request', async () => {
    const { id, secret: token } = await makeKey(here);
    const answers = await Promise.all(
      [here, there, here, there].map((shop) => shop.get('/orders', { token })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    const shown = async () => (await here.get(`/api-keys/${id}`, { token: here.adminToken })).body as object;
    await eventually(async () => {
      const { lastUsedAt } = (await shown()) as { lastUsedAt: string | null };
      return lastUsedAt === null ? null : true;
    }, 'the use of the key');
  });

  it('A demotion at one of two shops on one database counts at the other', async () => {
    const person = await here.signUp();
    const role = (to: string) =>
      here.patch(`/users/${person.id}`, { token: here.adminToken, json: { role: to } });
    await role('admin');
    expect((await there.get('/users', { token: person.token })).status).to.equal(200);
    await role('customer');
    expect((await there.get('/users', { token: person.token })).status).to.equal(403);
  });

  it('A refresh token that is consumed at two shops on one database has one successor', async () => {
    const { refreshToken } = await here.signUp();
    const answers = await Promise.all(
      [here, there].map((shop) => shop.post('/auth/refresh', { json: { refreshToken } })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(new Set(answers.map(({ body }): unknown => body.refreshToken)).size).to.equal(1);
  });

  it('A refresh token is replayed once, at one of two shops on one database', async () => {
    const { refreshToken } = await here.signUp();
    const refreshAt = (shop: ShopUnderTest) => shop.post('/auth/refresh', { json: { refreshToken } });
    expect((await refreshAt(here)).status).to.equal(200);
    const statuses = (await Promise.all([here, there].map(refreshAt))).map(({ status }) => status);
    expect(statuses).to.have.members([200, 401]);
  });
});

onEverySqlDatabase('An access token', (name) => {
  it('An access token costs a request one read by a key', async () => {
    const database = await openSqlDatabase(name);
    const { sequelize } = database;
    const shop = await testShop({ overrides: { persistence: () => sequelizePersistence(sequelize, USD) } });
    const { token } = await shop.signUp();
    const { sid } = jwt.decode(token) as { sid: string };
    const statements: string[] = [];
    sequelize.options.logging = (sql) => statements.push(sql);
    const { status } = await shop.get('/cart', { token });
    sequelize.options.logging = false;
    expect(status).to.equal(200);
    const aboutSessions = statements.filter((sql) => sql.includes(sid));
    expect(aboutSessions, statements.join('\n')).to.have.lengthOf(1);
    expect(aboutSessions[0]).to.match(/WHERE .?sessions.?\..?id.? = /);
    await shop.close();
    await database.close();
  });
});
