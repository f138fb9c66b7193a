import { expect } from 'chai';
import { forEachShape, type Person, type ShopUnderTest } from '../support/test-shop.js';

const NEW_PASSWORD = 'a new and longer password';

forEachShape((_shape, open) => {
  describe('Accounts over HTTP: my account', () => {
    let shop: ShopUnderTest;
    let ann: Person;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());
    beforeEach(async () => {
      ann = await shop.signUp();
    });

    const me = async (): Promise<unknown> => (await shop.get('/auth/me', { token: ann.token })).body;
    const patch = (json: unknown) => shop.patch('/auth/me', { token: ann.token, json });
    const changePassword = (currentPassword: string, newPassword: string, { token } = ann) =>
      shop.put('/auth/password', { token, json: { currentPassword, newPassword } });
    const canLogIn = async (login: string, password = ann.password) =>
      (await shop.post('/auth/login', { json: { login, password } })).status === 200;

    it('The caller’s account is shown with these fields and no others, and is not to be cached', async () => {
      const { status, headers, body } = await shop.get('/auth/me', { token: ann.token });
      expect([status, headers['cache-control']]).to.deep.equal([200, 'no-store']);
      expect(body).to.have.all.keys('id', 'name', 'email', 'emailVerified', 'username', 'role', 'createdAt');
      expect(body).to.include({ id: ann.id, email: ann.email, username: null, role: 'customer' });
    });

    it('The caller’s account can be renamed, and the profile follows', async () => {
      const { status, body } = await patch({ name: 'Ann 😀 Other' });
      expect([status, body.name, body.email]).to.deep.equal([200, 'Ann 😀 Other', ann.email]);
      expect(await me()).to.deep.equal(body);
      expect((await shop.get('/customers/me', { token: ann.token })).body.name).to.equal('Ann 😀 Other');
    });

    it('The caller’s account gets another e-mail address with the password, and the profile follows', async () => {
      const email = `new-${ann.email}`;
      expect((await patch({ email, currentPassword: ann.password })).status).to.equal(200);
      expect([await canLogIn(email), await canLogIn(ann.email)]).to.deep.equal([true, false]);
      expect((await shop.get('/customers/me', { token: ann.token })).body.email).to.equal(email);
      expect((await shop.signUp({ email: ann.email })).id).to.not.equal(ann.id);
    });

    it('The caller’s account keeps its e-mail address without the password, or with a wrong one', async () => {
      for (const email of ['thief@example.org', ann.email.toUpperCase()]) {
        const without = await patch({ email });
        expect([without.status, without.body.code], email).to.deep.equal([422, 'password_required']);
      }
      const wrong = await patch({
        email: 'thief@example.org',
        name: 'Thief',
        currentPassword: 'a wrong password',
      });
      expect([wrong.status, wrong.body.code]).to.deep.equal([403, 'wrong_password']);
      expect(await me()).to.include({ email: ann.email, name: 'Ada' });
    });

    it('The caller’s account gets a user name to log in by, and can give it up', async () => {
      const username = `Ann_${ann.id.slice(-8)}`;
      const { body } = await patch({ username });
      expect(body.username).to.equal(username.toLowerCase());
      expect(await canLogIn(username)).to.equal(true);
      expect((await patch({ username: null })).body.username).to.equal(null);
      expect(await canLogIn(username)).to.equal(false);
    });

    it('The caller’s account gets neither the e-mail address nor the user name of another account', async () => {
      const bob = await shop.signUp();
      const username = `bob-${bob.id.slice(-8)}`;
      await shop.patch('/auth/me', { token: bob.token, json: { username } });
      const before = await me();
      const email = await patch({ email: bob.email.toUpperCase(), currentPassword: ann.password });
      expect([email.status, email.body.code]).to.deep.equal([409, 'email_taken']);
      const name = await patch({ username: username.toUpperCase() });
      expect([name.status, name.body.code]).to.deep.equal([409, 'username_taken']);
      expect(await me()).to.deep.equal(before);
    });

    it('The caller’s account stays as it is when nothing is to be changed', async () => {
      const before = await me();
      expect((await patch({})).body).to.deep.equal(before);
    });

    for (const json of [
      { role: 'admin' },
      { disabled: false },
      { id: '0196f0a0-0000-7000-8000-000000000000' },
      { password: NEW_PASSWORD },
      { passwordHash: 'x' },
      { name: null },
      { name: '' },
      { email: null },
      { username: 'a b' },
    ]) {
      it(`The caller’s account does not take ${JSON.stringify(json)}`, async () => {
        const before = await me();
        expect((await patch(json)).status).to.equal(422);
        expect(await me()).to.deep.equal(before);
      });
    }

    it('The caller’s account gets another password, which ends the other sessions and not this one', async () => {
      const other = await shop.logIn(ann.email, ann.password);
      expect((await changePassword(ann.password, NEW_PASSWORD)).status).to.equal(204);
      expect((await shop.get('/auth/me', { token: other.token })).status).to.equal(401);
      const { refreshToken } = other;
      expect((await shop.post('/auth/refresh', { json: { refreshToken } })).status).to.equal(401);
      expect((await shop.get('/auth/me', { token: ann.token })).status).to.equal(200);
      expect([await canLogIn(ann.email), await canLogIn(ann.email, NEW_PASSWORD)]).to.deep.equal([
        false,
        true,
      ]);
    });

    it('The caller’s account keeps its password and its sessions when the current one is wrong', async () => {
      const other = await shop.logIn(ann.email, ann.password);
      const { status, body } = await changePassword('a wrong password', NEW_PASSWORD);
      expect([status, body.code]).to.deep.equal([403, 'wrong_password']);
      expect(await canLogIn(ann.email)).to.equal(true);
      expect((await shop.get('/auth/me', { token: other.token })).status).to.equal(200);
    });

    for (const [current, next] of [
      ['', NEW_PASSWORD],
      ['whatever', 'short'],
      ['whatever', 'x'.repeat(129)],
      ['whatever', 'e\u0301'.repeat(7)], // seven characters as a reader counts them
    ] as const) {
      it(`The caller’s account does not change a password of ${current.length} characters to one of ${next.length}`, async () => {
        expect((await changePassword(current, next)).status).to.equal(422);
      });
    }

    it('The caller’s account is closed to callers without a token', async () => {
      const answers = [
        await shop.get('/auth/me'),
        await shop.patch('/auth/me', { json: { name: 'Nobody' } }),
        await shop.put('/auth/password', {
          json: { currentPassword: ann.password, newPassword: NEW_PASSWORD },
        }),
        await shop.post('/auth/logout'),
        await shop.post('/auth/logout-everywhere'),
      ];
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(5).fill(401));
      expect(await canLogIn(ann.email)).to.equal(true);
    });

    it('The caller’s account is gone with its sessions when its owner is erased', async () => {
      expect((await shop.delete('/customers/me', { token: ann.token })).status).to.equal(204);
      expect((await shop.get('/auth/me', { token: ann.token })).status).to.equal(401);
      expect(await canLogIn(ann.email)).to.equal(false);
    });
  });
});
