import { expect } from 'chai';
import type { Received } from '../support/http-client.js';
import { resetTokenOf } from '../support/post-office.js';
import { expectProblem } from '../support/shopping.js';
import { forEachShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const TEN_MINUTES = 600_000;

/** The calls that ask for a recent log-in, by a customer on their own data or by an administrator on a customer's. */
const CALLS: Readonly<Record<string, (shop: ShopUnderTest, by: Person, of: Person) => Promise<Received>>> = {
  'GET /customers/me/export': (shop, { token }) => shop.get('/customers/me/export', { token }),
  'DELETE /customers/me': (shop, { token }) => shop.delete('/customers/me', { token }),
  'DELETE /customers/{id}': (shop, { token }, { id }) => shop.delete(`/customers/${id}`, { token }),
  'DELETE /customers/{id} of oneself': (shop, { id, token }) => shop.delete(`/customers/${id}`, { token }),
  'PATCH /users/{id} to promote somebody': (shop, { token }, { id }) =>
    shop.patch(`/users/${id}`, { token, json: { role: 'admin' } }),
};

forEachShop((name, open) => {
  describe(`Accounts over HTTP: calls that ask for a recent log-in on ${name}`, () => {
    const START = new Date('2026-05-01T12:00:00.000Z');
    let now = START;
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({ overrides: { now: () => () => now } });
    });
    let adminToken: string;
    beforeEach(async () => {
      now = START;
      adminToken = await shop.newAdminToken();
    });
    after(() => shop.close());

    const pass = (ms: number): void => {
      now = new Date(now.getTime() + ms);
    };
    const anAdministrator = async (): Promise<Person> => {
      const person = await shop.signUp();
      const json = { role: 'admin' };
      expect((await shop.patch(`/users/${person.id}`, { token: adminToken, json })).status).to.equal(200);
      return person;
    };
    const exportOf = ({ token }: Pick<Person, 'token'>) => shop.get('/customers/me/export', { token });
    const expectRefused = (answer: Received): void => {
      expectProblem(answer, 403, 'recent_login_required');
      expect(answer.body.detail).to.match(/log in again/i);
    };

    for (const [what, call] of Object.entries(CALLS)) {
      it(`${what} is refused ten minutes after the log-in, and then changes nothing`, async () => {
        const [by, of] = [await anAdministrator(), await shop.signUp()];
        pass(TEN_MINUTES);
        expectRefused(await call(shop, by, of));
        for (const { token } of [by, of])
          expect((await shop.get('/auth/me', { token })).status).to.equal(200);
        const log = await shop.get(`/audit-log?actor=${by.id}`, { token: adminToken });
        const actions = (log.body.items as readonly { action: string }[]).map(({ action }) => action);
        expect(actions).to.deep.equal(['user.signed_up']);
      });

      it(`${what} is served until ten minutes after the log-in`, async () => {
        const [by, of] = [await anAdministrator(), await shop.signUp()];
        pass(TEN_MINUTES - 1);
        expect((await call(shop, by, of)).status).to.be.within(200, 204);
      });
    }

    it('A refresh is no log-in', async () => {
      const { refreshToken } = await shop.signUp();
      pass(TEN_MINUTES - 1);
      const { body } = await shop.post('/auth/refresh', { json: { refreshToken } });
      const token = body.accessToken as string;
      expect((await exportOf({ token })).status).to.equal(200);
      pass(1);
      expectRefused(await exportOf({ token }));
    });

    it('A log-in counts for its own session and for no other', async () => {
      const person = await shop.signUp();
      pass(TEN_MINUTES);
      const again = await shop.logIn(person.email, person.password);
      expectRefused(await exportOf(person));
      expect((await exportOf(again)).status).to.equal(200);
      expect((await shop.delete('/customers/me', { token: again.token })).status).to.equal(204);
    });

    it('A change of the password counts as a log-in for the session that made it', async () => {
      const person = await shop.signUp();
      pass(TEN_MINUTES);
      const change = (currentPassword: string) =>
        shop.put('/auth/password', {
          token: person.token,
          json: { currentPassword, newPassword: 'another long password' },
        });
      expectProblem(await change('a wrong password'), 403, 'wrong_password');
      expectRefused(await exportOf(person));
      expect((await change(person.password)).status).to.equal(204);
      expect((await exportOf(person)).status).to.equal(200);
      pass(TEN_MINUTES);
      expectRefused(await exportOf(person));
    });

    it('A change of the e-mail address, which takes the password, counts as a log-in for its session', async () => {
      const person = await shop.signUp();
      pass(TEN_MINUTES);
      const { email, password, token } = person;
      const change = (currentPassword: string) =>
        shop.patch('/auth/me', { token, json: { email: `other-${email}`, currentPassword } });
      expectProblem(await change('a wrong password'), 403, 'wrong_password');
      expectRefused(await exportOf(person));
      expect((await change(password)).status).to.equal(200);
      expect((await exportOf(person)).status).to.equal(200);
    });

    it('A user is demoted or disabled however old the log-in of the administrator is', async () => {
      const [by, of] = [await anAdministrator(), await anAdministrator()];
      pass(TEN_MINUTES);
      for (const json of [{ role: 'customer' }, { disabled: true }])
        expect((await shop.patch(`/users/${of.id}`, { token: by.token, json })).status).to.equal(200);
    });

    it('A disabled user is enabled only with a log-in of the last ten minutes', async () => {
      const [by, of] = [await anAdministrator(), await shop.signUp()];
      pass(TEN_MINUTES);
      const set = (disabled: boolean, { token }: Pick<Person, 'token'>) =>
        shop.patch(`/users/${of.id}`, { token, json: { disabled } });
      expect((await set(true, by)).status).to.equal(200);
      expectRefused(await set(false, by));
      expect((await set(false, await shop.logIn(by.email, by.password))).body.disabled).to.equal(false);
    });

    it('An unchanged role and state can be sent again, however old the log-in of the administrator is', async () => {
      const [by, of] = [await anAdministrator(), await anAdministrator()];
      pass(TEN_MINUTES);
      const json = { role: 'admin', disabled: false };
      expect((await shop.patch(`/users/${of.id}`, { token: by.token, json })).status).to.equal(200);
    });

    it('A promotion together with a change that takes no recent log-in is refused', async () => {
      const [by, of] = [await anAdministrator(), await shop.signUp()];
      pass(TEN_MINUTES);
      const json = { role: 'admin', disabled: true };
      expectRefused(await shop.patch(`/users/${of.id}`, { token: by.token, json }));
    });

    it('Every session can be ended, and the e-mail address be changed with the password, however old the log-in is', async () => {
      const person = await shop.signUp();
      pass(TEN_MINUTES);
      const json = { email: `new-${person.email}`, currentPassword: person.password };
      const { token } = person;
      expect((await shop.patch('/auth/me', { token, json })).status).to.equal(200);
      expect((await shop.post('/auth/logout-everywhere', { token })).status).to.equal(204);
    });

    it('An account without a password is erased by its owner once a password was set by mail', async () => {
      const entry = { name: 'Grace', email: 'grace@customers.test' };
      expect((await shop.post('/customers', { token: adminToken, json: entry })).status).to.equal(201);
      const newPassword = 'another long password';
      const token = await resetTokenOf(shop, entry.email);
      const reset = await shop.post('/auth/password-reset/confirm', { json: { token, newPassword } });
      expect(reset.status).to.equal(204);
      const grace = await shop.logIn(entry.email, newPassword);
      expect((await shop.delete('/customers/me', { token: grace.token })).status).to.equal(204);
    });
  });
});
