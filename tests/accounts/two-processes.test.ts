import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
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
