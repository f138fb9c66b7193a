import { createPublicKey } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { fail } from '#src/contexts/accounts/domain/errors.js';
import type { Received } from '../support/http-client.js';
import { forEachShape, type Person, type ShopUnderTest } from '../support/test-shop.js';
import { quickPasswords } from './accounts-under-test.js';

const PASSWORD = 'correct horse battery staple';
const pointersOf = ({ body }: Received): unknown =>
  body.errors.map(({ pointer }: { pointer: string }) => pointer);

forEachShape((_shape, open) => {
  describe('Accounts over HTTP: sessions', () => {
    let now = new Date('2026-05-01T12:00:00.000Z');
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({ overrides: { now: () => () => now } });
    });
    after(() => shop.close());

    const me = (token: string) => shop.get('/auth/me', { token });
    const signUp = (json: unknown) => shop.post('/auth/signup', { json });
    const logIn = (json: unknown) => shop.post('/auth/login', { json });
    const refresh = (refreshToken: string) => shop.post('/auth/refresh', { json: { refreshToken } });
    const userCount = async (): Promise<unknown> =>
      (await shop.get('/users?limit=100', { token: shop.adminToken })).body.items.length;
    const disable = ({ id }: Person, disabled = true) =>
      shop.patch(`/users/${id}`, { token: shop.adminToken, json: { disabled } });

    describe('POST /auth/signup', () => {
      it('POST /auth/signup opens an account and a profile of the same id, and logs in', async () => {
        const { status, headers, body } = await signUp({
          name: ' Zoë 😀 ',
          email: ' Zoe@Example.org ',
          username: 'Zoe.S',
          password: PASSWORD,
        });
        expect(status).to.equal(201);
        expect(headers).to.include({ location: '/auth/me', 'cache-control': 'no-store' });
        expect(body).to.have.all.keys('user', 'accessToken', 'tokenType', 'expiresIn', 'refreshToken');
        expect(body).to.include({ tokenType: 'Bearer', expiresIn: 3600 });
        expect(body.user).to.deep.equal({
          id: body.user.id,
          name: 'Zoë 😀',
          email: 'Zoe@Example.org',
          emailVerified: false,
          username: 'zoe.s',
          role: 'customer',
          createdAt: now.toISOString(),
        });
        expect((await me(body.accessToken)).body).to.deep.equal(body.user);
        const profile = await shop.get('/customers/me', { token: body.accessToken });
        expect(profile.body).to.include({ id: body.user.id, name: 'Zoë 😀', email: 'Zoe@Example.org' });
      });

      for (const password of ['8 signs!', '        ', '密'.repeat(128), '😀'.repeat(64)]) {
        it(`POST /auth/signup takes ${JSON.stringify(password.slice(0, 12))} of ${Array.from(password).length} characters for a password`, async () => {
          const { email } = await shop.signUp({ password });
          expect((await logIn({ email, password })).status).to.equal(200);
        });
      }

      it('POST /auth/signup refuses an e-mail address that has an account, in any letter case and Unicode form', async () => {
        await shop.signUp({ email: 'åsa@example.org' });
        const again = await signUp({
          name: 'A',
          email: 'ÅSA@EXAMPLE.org'.normalize('NFD'),
          password: PASSWORD,
        });
        expect([again.status, again.body.code]).to.deep.equal([409, 'email_taken']);
      });

      it('POST /auth/signup refuses a user name that another account has, in any letter case', async () => {
        const first = await signUp({
          name: 'A',
          email: 'a1@example.org',
          username: 'taken',
          password: PASSWORD,
        });
        const again = await signUp({
          name: 'A',
          email: 'a2@example.org',
          username: 'TAKEN',
          password: PASSWORD,
        });
        expect([first.status, again.status, again.body.code]).to.deep.equal([201, 409, 'username_taken']);
        expect((await logIn({ email: 'a2@example.org', password: PASSWORD })).status).to.equal(401);
      });

      const good = { name: 'Ann', email: 'unused@example.org', password: PASSWORD };
      const bad: Readonly<Record<string, readonly [change: object, pointer: string]>> = {
        'a role': [{ role: 'admin' }, '/role'],
        'an id': [{ id: '0196f0a0-0000-7000-8000-000000000000' }, '/id'],
        'a user id': [{ userId: '0196f0a0-0000-7000-8000-000000000000' }, '/userId'],
        'a password hash': [{ passwordHash: 'x' }, '/passwordHash'],
        'a version': [{ version: 1 }, '/version'],
        'no name': [{ name: undefined }, '/name'],
        'a blank name': [{ name: ' \t\u200b' }, '/name'],
        'a name of 121 characters': [{ name: 'x'.repeat(121) }, '/name'],
        'a name that is a number': [{ name: 7 }, '/name'],
        'a NUL in the name': [{ name: 'a\0b' }, '/name'],
        'half of a surrogate pair in the password': [{ password: `${PASSWORD}\ud83d` }, '/password'],
        'no e-mail address': [{ email: undefined }, '/email'],
        'an e-mail address without @': [{ email: 'example.org' }, '/email'],
        'an e-mail address with two': [{ email: 'a@b@example.org' }, '/email'],
        'an e-mail address of 255 characters': [
          {
            email: `${'x'.repeat(60)}@${'y'.repeat(60)}.${'z'.repeat(60)}.${'z'.repeat(60)}.${'o'.repeat(11)}`,
          },
          '/email',
        ],
        'an e-mail address with a line break': [{ email: 'a@example.org\nBcc: b@example.org' }, '/email'],
        'a password of 7 characters': [{ password: '1234567' }, '/password'],
        'a password of 7 characters of two UTF-16 units': [{ password: '😀'.repeat(7) }, '/password'],
        'a password of 129 characters': [{ password: 'x'.repeat(129) }, '/password'],
        'a password that is a list': [{ password: [PASSWORD] }, '/password'],
        'a user name of 2 characters': [{ username: 'ab' }, '/username'],
        'a user name of 31 characters': [{ username: 'x'.repeat(31) }, '/username'],
        'a user name that looks like an e-mail address': [{ username: 'ann@example.org' }, '/username'],
        'a user name with other letters': [{ username: 'zoë' }, '/username'],
        'a user name with the Kelvin sign for K': [{ username: '\u212aate' }, '/username'],
      };
      for (const [what, [change, pointer]] of Object.entries(bad)) {
        it(`POST /auth/signup refuses ${what} and writes nothing`, async () => {
          const before = await userCount();
          const answer = await signUp({ ...good, ...change });
          expect([answer.status, answer.body.code]).to.deep.equal([422, 'invalid_body']);
          expect(pointersOf(answer)).to.include(pointer);
          expect(await userCount()).to.equal(before);
        });
      }

      for (const password of ['password', '12345678', 'QwertyUiop', 'iloveyou']) {
        it(`POST /auth/signup and a change of the password refuse the common password ${password} and point at it`, async () => {
          const refused = await signUp({ ...good, password });
          expect([refused.status, refused.body.code]).to.deep.equal([422, 'common_password']);
          expect(pointersOf(refused)).to.deep.equal(['/password']);
          const person = await shop.signUp();
          const json = { currentPassword: person.password, newPassword: password };
          const change = await shop.put('/auth/password', { token: person.token, json });
          expect([change.status, change.body.code]).to.deep.equal([422, 'common_password']);
          expect(pointersOf(change)).to.deep.equal(['/newPassword']);
          expect((await logIn({ email: person.email, password: person.password })).status).to.equal(200);
        });
      }

      it('POST /auth/signup never repeats a password that it refuses', async () => {
        const { body } = await signUp({ ...good, password: 'short😀' });
        expect(JSON.stringify(body)).to.not.include('short');
      });

      it('POST /auth/signup refuses a body that is no JSON, or of another type', async () => {
        expect((await shop.post('/auth/signup', { raw: '{"name":' })).status).to.equal(400);
        const form = { raw: 'name=Ann', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
        expect((await shop.post('/auth/signup', form)).status).to.equal(415);
      });
    });

    describe('POST /auth/login', () => {
      it('POST /auth/login begins a session for either name, in any letter case', async () => {
        const { body } = await signUp({
          name: 'B',
          email: 'Bob@Example.org',
          username: 'bob',
          password: PASSWORD,
        });
        for (const name of [
          { email: 'bob@EXAMPLE.org' },
          { username: 'BOB' },
          { login: 'BOB@example.org' },
          { login: 'Bob' },
        ]) {
          const answer = await logIn({ ...name, password: PASSWORD });
          expect(answer.status).to.equal(200);
          expect(answer.headers['cache-control']).to.equal('no-store');
          expect(answer.body.user).to.deep.equal(body.user);
          expect((await me(answer.body.accessToken)).status).to.equal(200);
        }
      });

      it('POST /auth/login responds with the same refusal whatever the cause', async () => {
        const [known, disabled] = [await shop.signUp(), await shop.signUp()];
        await disable(disabled);
        const entry = { name: 'C', email: 'no-password@example.org' };
        await shop.post('/customers', { token: shop.adminToken, json: entry });
        const answers = [
          await logIn({ email: 'nobody@example.org', password: PASSWORD }),
          await logIn({ username: 'nobody', password: PASSWORD }),
          await logIn({ email: known.email, password: 'a wrong password' }),
          await logIn({ email: known.email, password: 'x'.repeat(200) }),
          await logIn({ email: disabled.email, password: disabled.password }),
          await logIn({ email: entry.email, password: PASSWORD }),
        ];
        for (const { status, headers, body } of answers) {
          expect(status).to.equal(401);
          expect(headers['www-authenticate']).to.equal('Bearer');
          const { requestId: _requestId, ...rest } = body;
          const { requestId: _first, ...first } = answers[0]?.body ?? {};
          expect(rest).to.deep.equal(first);
          expect(rest.code).to.equal('invalid_credentials');
        }
      });

      for (const [what, json] of Object.entries({
        'no name': { password: PASSWORD },
        'two names': { email: 'a@example.org', username: 'ann', password: PASSWORD },
        'three names': { email: 'a@example.org', username: 'ann', login: 'ann', password: PASSWORD },
        'no password': { login: 'ann' },
        'an empty password': { login: 'ann', password: '' },
        'an operator for a password': { login: 'ann', password: { $ne: '' } },
        'a field of another call': { login: 'ann', password: PASSWORD, role: 'admin' },
      })) {
        it(`POST /auth/login refuses ${what}`, async () => {
          expect((await logIn(json)).status).to.equal(422);
        });
      }
    });

    describe('POST /auth/refresh', () => {
      it('POST /auth/refresh gives two new tokens of the same session', async () => {
        const person = await shop.signUp();
        const { status, headers, body } = await refresh(person.refreshToken);
        expect(status).to.equal(200);
        expect(headers['cache-control']).to.equal('no-store');
        expect(body.user.id).to.equal(person.id);
        expect([body.accessToken, body.refreshToken]).to.not.include.members([
          person.token,
          person.refreshToken,
        ]);
        expect((await me(body.accessToken)).status).to.equal(200);
        expect((await refresh(body.refreshToken)).status).to.equal(200);
      });

      it('POST /auth/refresh ends the session when a consumed token comes again later', async () => {
        const start = now;
        const person = await shop.signUp();
        const { body } = await refresh(person.refreshToken);
        now = new Date(start.getTime() + 30_000);
        const again = await refresh(person.refreshToken);
        expect([again.status, again.body.code]).to.deep.equal([401, 'invalid_refresh_token']);
        expect(again.headers['www-authenticate']).to.equal('Bearer');
        expect((await me(body.accessToken)).status).to.equal(401);
        expect((await refresh(body.refreshToken)).status).to.equal(401);
        now = start;
      });

      it('POST /auth/refresh ends the session when one of two who hold the same successor comes after the other', async () => {
        const person = await shop.signUp();
        const owner = await refresh(person.refreshToken);
        const thief = await refresh(person.refreshToken);
        expect(thief.body.refreshToken).to.equal(owner.body.refreshToken);
        const start = now;
        const first = await refresh(thief.body.refreshToken);
        now = new Date(start.getTime() + 60_000);
        expect((await refresh(owner.body.refreshToken)).status).to.equal(401);
        expect((await me(first.body.accessToken)).status).to.equal(401);
        now = start;
      });

      it('POST /auth/refresh ends the session when the token before the one that was consumed last comes again, however soon', async () => {
        const person = await shop.signUp();
        const { body } = await refresh(person.refreshToken);
        const next = await refresh(body.refreshToken);
        expect((await refresh(person.refreshToken)).status).to.equal(401);
        expect((await me(next.body.accessToken)).status).to.equal(401);
      });

      it('POST /auth/refresh refuses what is no refresh token, an access token too', async () => {
        const person = await shop.signUp();
        for (const token of ['x', person.refreshToken.toLowerCase(), person.token]) {
          expect((await refresh(token)).status).to.equal(401);
        }
        expect((await shop.post('/auth/refresh', { json: {} })).status).to.equal(422);
        expect((await refresh(person.refreshToken)).status).to.equal(200);
      });

      it('POST /auth/refresh refuses a disabled user, also after they were enabled again', async () => {
        const person = await shop.signUp();
        await disable(person);
        expect((await refresh(person.refreshToken)).status).to.equal(401);
        await disable(person, false);
        expect((await refresh(person.refreshToken)).status).to.equal(401);
      });
    });

    describe('POST /auth/logout', () => {
      it('POST /auth/logout ends this session at once, and no other', async () => {
        const first = await shop.signUp();
        const second = await shop.logIn(first.email, first.password);
        expect((await shop.post('/auth/logout', { token: first.token })).status).to.equal(204);
        expect((await me(first.token)).status).to.equal(401);
        expect((await refresh(first.refreshToken)).status).to.equal(401);
        expect((await me(second.token)).status).to.equal(200);
      });
    });

    describe('POST /auth/logout-everywhere', () => {
      it('POST /auth/logout-everywhere ends all sessions of the user, and no other user’s', async () => {
        const [first, other] = [await shop.signUp(), await shop.signUp()];
        const second = await shop.logIn(first.email, first.password);
        expect((await shop.post('/auth/logout-everywhere', { token: first.token })).status).to.equal(204);
        for (const { token, refreshToken } of [first, second]) {
          expect((await me(token)).status).to.equal(401);
          expect((await refresh(refreshToken)).status).to.equal(401);
        }
        expect((await me(other.token)).status).to.equal(200);
        expect((await logIn({ email: first.email, password: first.password })).status).to.equal(200);
      });
    });

    describe('GET /auth/sessions', () => {
      const named = (userAgent: string) => ({ 'User-Agent': userAgent });
      const sessionsOf = async (token: string) =>
        (await shop.get('/auth/sessions', { token })).body.items as readonly { current: boolean }[];

      it('GET /auth/sessions lists where its user is logged in, as of a refresh a minute ago, and marks the caller’s session', async () => {
        const start = now;
        const person = await shop.signUp();
        now = new Date(start.getTime() + 1000);
        const second = await shop.post('/auth/login', {
          json: { email: person.email, password: person.password },
          headers: named('Zo\u00eb/1.0 \u0085'),
        });
        now = new Date(start.getTime() + 2000);
        const { accessToken } = (
          await shop.post('/auth/refresh', {
            json: { refreshToken: second.body.refreshToken },
            headers: named('Zoe/2.0'),
          })
        ).body;
        now = new Date(start.getTime() + 62_000);
        const [latest, first] = await sessionsOf(accessToken);
        const { sid } = jwt.decode(accessToken) as { sid: string };
        const idle = shop.shop.parts.config.sessionIdleTtl * 1000;
        expect(latest).to.deep.equal({
          id: sid,
          device: 'Zoe/2.0',
          address: '127.0.0.1',
          createdAt: new Date(start.getTime() + 1000).toISOString(),
          lastUsedAt: new Date(start.getTime() + 1000).toISOString(),
          expiresAt: new Date(start.getTime() + 3600_000 + idle).toISOString(),
          current: true,
        });
        expect(first).to.include({ current: false, createdAt: start.toISOString(), device: 'node' });
        expect(await sessionsOf(person.token)).to.have.lengthOf(2);
        now = start;
      });

      it('GET /auth/sessions leaves out ended sessions and those of other users, and is a list like any other', async () => {
        const person = await shop.signUp();
        const others = [
          await shop.logIn(person.email, person.password),
          await shop.logIn(person.email, person.password),
        ];
        await shop.post('/auth/logout', { token: others[0]?.token ?? '' });
        expect(await sessionsOf(person.token)).to.have.lengthOf(2);
        const page = await shop.get('/auth/sessions?limit=1', { token: person.token });
        expect(page.body.items).to.have.lengthOf(1);
        const rest = await shop.get(`/auth/sessions?limit=1&after=${page.body.nextCursor}`, {
          token: person.token,
        });
        expect(
          rest.body.items.concat(page.body.items).map(({ current }: { current: boolean }) => current),
        ).to.have.members([true, false]);
        expect(rest.body.nextCursor).to.equal(null);
      });
    });

    describe('DELETE /auth/sessions/:id', () => {
      const sidOf = ({ token }: Person): string => (jwt.decode(token) as { sid: string }).sid;
      const end = (id: string, { token }: Person) => shop.delete(`/auth/sessions/${id}`, { token });

      it('DELETE /auth/sessions/:id ends one session at once, also the caller’s own', async () => {
        const first = await shop.signUp();
        const second = await shop.logIn(first.email, first.password);
        expect((await end(sidOf(second), first)).status).to.equal(204);
        expect((await me(second.token)).status).to.equal(401);
        expect((await refresh(second.refreshToken)).status).to.equal(401);
        expect((await end(sidOf(first), first)).status).to.equal(204);
        expect((await me(first.token)).status).to.equal(401);
      });

      it('DELETE /auth/sessions/:id finds neither another user’s session nor an ended one, and ends nothing', async () => {
        const [ann, bob] = [await shop.signUp(), await shop.signUp()];
        const over = await shop.logIn(ann.email, ann.password);
        await shop.post('/auth/logout', { token: over.token });
        for (const id of [sidOf(bob), sidOf(over), '0196f0a0-0000-7000-8000-000000000000']) {
          const { status, body } = await end(id, ann);
          expect([status, body.code]).to.deep.equal([404, 'session_not_found']);
        }
        expect((await me(bob.token)).status).to.equal(200);
        expect((await end('not-an-id', ann)).status).to.equal(404);
      });
    });

    describe('Access tokens', () => {
      it('Access tokens can be verified with the published keys', async () => {
        const { token } = await shop.signUp();
        const { status, headers, body } = await shop.get('/.well-known/jwks.json');
        expect(status).to.equal(200);
        expect(headers['cache-control']).to.equal('public, max-age=300');
        expect(JSON.stringify(body)).to.not.include('"d"');
        const kid = jwt.decode(token, { complete: true })?.header.kid;
        const jwk = body.keys.find((key: { kid: string }) => key.kid === kid);
        const key = createPublicKey({ key: jwk, format: 'jwk' });
        const clockTimestamp = now.getTime() / 1000;
        expect(() => jwt.verify(token, key, { algorithms: ['ES256'], clockTimestamp })).to.not.throw();
      });

      it('Access tokens are required by WWW-Authenticate, which says so when the given one is invalid', async () => {
        const { token } = await shop.signUp();
        const [head = '', claims = ''] = token.split('.');
        const none = await shop.get('/auth/me');
        expect([none.status, none.body.code, none.headers['www-authenticate']]).to.deep.equal([
          401,
          'unauthenticated',
          'Bearer',
        ]);
        const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`;
        for (const bad of ['x', `${token}x`, `${head}.${claims}.AAAA`, unsigned]) {
          const answer = await me(bad);
          expect([answer.status, answer.body.code]).to.deep.equal([401, 'invalid_token']);
          expect(answer.headers['www-authenticate']).to.include('error="invalid_token"');
        }
      });

      it('Access tokens expire after an hour; the session goes on with a refresh, but not forever', async () => {
        const start = now;
        const { refreshTokenTtl, sessionIdleTtl } = shop.shop.parts.config;
        const person = await shop.signUp();
        now = new Date(start.getTime() + 3600_000);
        expect((await me(person.token)).status).to.equal(401);
        let { body } = await refresh(person.refreshToken);
        expect((await me(body.accessToken)).status).to.equal(200);
        const end = start.getTime() + refreshTokenTtl * 1000;
        while (now.getTime() + sessionIdleTtl * 1000 < end) {
          now = new Date(now.getTime() + sessionIdleTtl * 1000 - 1);
          ({ body } = await refresh(body.refreshToken));
        }
        now = new Date(end - 1);
        expect((await me(body.accessToken)).status).to.equal(401);
        ({ body } = await refresh(body.refreshToken));
        expect((await me(body.accessToken)).status).to.equal(200);
        now = new Date(end);
        expect((await me(body.accessToken)).status).to.equal(401);
        expect((await refresh(body.refreshToken)).status).to.equal(401);
        now = start;
      });

      it('Access tokens and refresh tokens become invalid when the session was not refreshed for long', async () => {
        const start = now;
        const person = await shop.signUp();
        const { sessionIdleTtl } = shop.shop.parts.config;
        now = new Date(start.getTime() + sessionIdleTtl * 1000);
        expect((await refresh(person.refreshToken)).status).to.equal(401);
        now = start;
      });
    });
  });

  describe('Accounts over HTTP: when too many passwords wait', () => {
    it('A shop in which too many passwords wait responds that it is busy, and when to try again', async () => {
      let busy = false;
      const shop = await open({
        overrides: {
          passwords: () => () => ({
            ...quickPasswords,
            hash: (password) => (busy ? Promise.reject(fail('hashing_busy')) : quickPasswords.hash(password)),
            verify: (...pair) =>
              busy ? Promise.reject(fail('hashing_busy')) : quickPasswords.verify(...pair),
          }),
        },
      });
      const person = await shop.signUp();
      busy = true;
      const signUp = { name: 'A', email: 'late@example.org', password: PASSWORD };
      const change = { currentPassword: PASSWORD, newPassword: PASSWORD };
      const answers = [
        await shop.post('/auth/signup', { json: signUp }),
        await shop.post('/auth/login', { json: { login: person.email, password: PASSWORD } }),
        await shop.put('/auth/password', { token: person.token, json: change }),
        await shop.patch('/auth/me', {
          token: person.token,
          json: { email: 'new@example.org', currentPassword: 'x' },
        }),
      ];
      await shop.close();
      const seen = answers.map(({ status, body }): unknown[] => [status, body.code]);
      expect(seen).to.deep.equal(Array(4).fill([503, 'hashing_busy']));
      for (const { headers } of answers) expect(Number(headers['retry-after'])).to.be.above(0);
    });
  });
});
