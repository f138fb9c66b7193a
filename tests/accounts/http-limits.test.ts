import { expect } from 'chai';
import type { Received } from '../support/http-client.js';
import { tokensMailedTo } from '../support/operations.js';
import { forEachShape, type ShopUnderTest } from '../support/test-shop.js';

const WRONG = 'not the right one';

forEachShape((_shape, open) => {
  describe('Limits of the accounts', () => {
    let shop: ShopUnderTest;
    beforeEach(async () => {
      shop = await open({ environment: { RATE_LIMITS: 'on', TRUST_PROXY: '1' } });
    });
    afterEach(() => shop.close());

    const from = (host: number) => ({ headers: { 'X-Forwarded-For': `192.0.2.${String(host)}` } });
    const logIn = (login: string, password: string, host = 1) =>
      shop.post('/auth/login', { ...from(host), json: { login, password } });
    const firstRefused = async (
      most: number,
      act: (time: number) => Promise<Received>,
    ): Promise<Received> => {
      for (let time = 0; time < most; time += 1) expect((await act(time)).status).not.to.equal(429);
      const refused = await act(most);
      expect([refused.status, refused.body.code]).to.deep.equal([429, 'rate_limited']);
      return refused;
    };

    it('Limits of the accounts let an address guess ten passwords of one account, however its name is written, and delay no other caller', async () => {
      const ada = await shop.signUp({ email: 'Ada@shop.test' });
      await firstRefused(10, (time) => logIn(time % 2 === 0 ? ' ada@SHOP.test' : 'ADA@shop.test', WRONG));
      expect((await logIn(ada.email, ada.password)).status, 'from there').to.equal(429);
      expect((await logIn(ada.email, ada.password, 2)).status, 'from elsewhere').to.equal(200);
      const bob = await shop.signUp();
      expect((await logIn(bob.email, bob.password)).status).to.equal(200);
    });

    it('Limits of the accounts let an address guess ten passwords of one account by both of its names together, and then refuse the right one', async () => {
      const ada = await shop.signUp();
      expect((await shop.patch('/auth/me', { token: ada.token, json: { username: 'ada' } })).status).to.equal(
        200,
      );
      for (let time = 0; time < 10; time += 1)
        expect((await logIn(time % 2 === 0 ? ada.email : 'ADA', WRONG)).status).to.equal(401);
      for (const name of [ada.email, 'ada']) {
        const { status, body } = await logIn(name, ada.password);
        expect([status, body.code], name).to.deep.equal([401, 'invalid_credentials']);
      }
      expect((await logIn('ada', ada.password, 2)).status, 'from elsewhere').to.equal(200);
    });

    it('Limits of the accounts do not reveal whether two names are one account, two or none', async () => {
      const [ada, bob] = [await shop.signUp(), await shop.signUp()];
      for (const [{ token }, username] of [
        [ada, 'ada'],
        [bob, 'bob'],
      ] as const)
        await shop.patch('/auth/me', { token, json: { username } });
      const told = async (names: readonly [string, string], host: number) => {
        const answers: unknown[] = [];
        for (let time = 0; time < 22; time += 1) {
          const { status, headers, body } = await logIn(names[time % 2] ?? '', WRONG, host);
          const limits = headers['ratelimit']?.replaceAll(/;t=\d+/g, '');
          answers.push([status, limits, headers['ratelimit-policy'], body.code, body['violated-policies']]);
        }
        return answers;
      };
      const one = await told([ada.email, 'ada'], 11);
      expect(one).to.deep.equal(await told([ada.email, 'bob'], 12));
      expect(one).to.deep.equal(await told(['nobody@shop.test', 'nobody'], 13));
      expect(one).to.deep.equal(await told(['nobody@shop.test', 'bob'], 14));
      expect((one.at(-1) as unknown[])[0]).to.equal(429);
    });

    it('Limits of the accounts show the same for an existing account and for a missing one', async () => {
      const ada = await shop.signUp();
      const there = await firstRefused(10, () => logIn(ada.email, WRONG, 1));
      const not = await firstRefused(10, () => logIn('nobody@shop.test', WRONG, 2));
      expect(there.headers['ratelimit-policy']).to.equal(not.headers['ratelimit-policy']);
      expect(Object.keys(there.body)).to.deep.equal(Object.keys(not.body));
    });

    it('Limits of the accounts let an address guess fifty passwords of any accounts', async () => {
      const refused = await firstRefused(50, (time) => logIn(`somebody-${String(time)}@shop.test`, WRONG));
      expect(refused.body['violated-policies']).to.deep.equal(['login']);
    });

    it('Limits of the accounts let the world guess a hundred passwords of one account, and leave its owner alone where they have logged in', async () => {
      const ada = await shop.signUp();
      expect((await logIn(ada.email, ada.password, 200)).status).to.equal(200);
      const refused = await firstRefused(100, (time) => logIn(ada.email, WRONG, time));
      expect(refused.body['violated-policies']).to.deep.equal(['login-account-anywhere']);
      expect((await logIn(ada.email, ada.password, 200)).status).to.equal(200);
    });

    it('Limits of the accounts count the hashes of right passwords: sixty of an account from an address, six hundred of an address', async () => {
      const ada = await shop.signUp();
      const refused = await firstRefused(60, () => logIn(ada.email, ada.password));
      expect(refused.body['violated-policies']).to.deep.equal(['hashes-account']);
      expect((await logIn(ada.email, ada.password, 2)).status, 'from elsewhere').to.equal(200);
      const policies = (await logIn(ada.email, ada.password, 3)).headers['ratelimit-policy'];
      expect(policies).to.include('"hashes";q=600;w=900');
    });

    it('Limits of the accounts count the hashes of every call that hashes together, and only hashes that were worked on', async () => {
      const left = ({ headers }: Received): number =>
        Number(/"hashes";r=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1]);
      const password = 'a long enough password';
      const json = { name: 'Ada', email: 'hashes@shop.test', password };
      const signedUp = await shop.post('/auth/signup', { ...from(9), json });
      expect(left(signedUp)).to.equal(599);
      expect(left(await logIn(json.email, password, 9))).to.equal(598);
      expect(left(await logIn(json.email, WRONG, 9))).to.equal(597);
      expect(left(await logIn('nobody@shop.test', WRONG, 9))).to.equal(596);
      const token = signedUp.body.accessToken as string;
      const mine = { ...from(9), token };
      const patch = (changes: object) => shop.patch('/auth/me', { ...mine, json: changes });
      expect((await patch({ name: 'Ann' })).headers['ratelimit']).not.to.include('hashes');
      expect(left(await patch({ email: 'hashed@shop.test', currentPassword: password }))).to.equal(595);
      const change = { currentPassword: password, newPassword: 'another long enough password' };
      expect(left(await shop.put('/auth/password', { ...mine, json: change }))).to.equal(593);
      const wrong = { ...change, currentPassword: WRONG };
      expect(left(await shop.put('/auth/password', { ...mine, json: wrong })), 'one of two').to.equal(592);
      const reset = (mailed: string, newPassword = password) =>
        shop.post('/auth/password-reset/confirm', { ...from(9), json: { token: mailed, newPassword } });
      expect(left(await reset('no token')), 'no hash for a token that was made up').to.equal(592);
      const mailed = await tokensMailedTo(shop, signedUp.body.user.id as string);
      expect(left(await reset(mailed.password_reset, 'password123')), 'nor for a common password').to.equal(
        592,
      );
      expect(left(await reset(mailed.password_reset))).to.equal(591);
    });

    it('Limits of the accounts let an address sign up sixty times, and ask for one e-mail address ten times', async () => {
      const signUp = (email: string, host: number) =>
        shop.post('/auth/signup', {
          ...from(host),
          json: { name: 'Ada', email, password: 'a long enough password' },
        });
      await firstRefused(10, () => signUp('ada@shop.test', 1));
      await firstRefused(60, (time) => signUp(`ada-${String(time)}@shop.test`, 2));
    });

    it('Limits of the accounts let people sign up with an address that others have tried from many places with bad passwords', async () => {
      const signUp = (password: string, host: number) =>
        shop.post('/auth/signup', { ...from(host), json: { name: 'Ada', email: 'ada@shop.test', password } });
      for (let host = 1; host <= 6; host += 1) {
        const refused = await firstRefused(10, () => signUp('password123', host));
        expect(refused.body['violated-policies']).to.deep.equal(['signup-account']);
      }
      expect((await signUp('a long enough password', 7)).status).to.equal(201);
    });

    it('Limits of the accounts let a refresh token be tried ten times, and an address a hundred', async () => {
      const refresh = (refreshToken: string, host: number) =>
        shop.post('/auth/refresh', { ...from(host), json: { refreshToken } });
      await firstRefused(10, () => refresh('no token', 1));
      await firstRefused(100, (time) => refresh(`no token ${String(time)}`, 2));
      const { refreshToken } = await shop.signUp();
      expect((await refresh(refreshToken, 3)).status).to.equal(200);
    });

    it('Limits of the accounts let an address ask five times for mail to one e-mail address, and sixty times in all, for whichever users', async () => {
      const ask = (email: string, host: number) =>
        shop.post('/auth/password-reset', { ...from(host), json: { email } });
      await firstRefused(5, () => ask('ada@shop.test', 1));
      await firstRefused(60, (time) => ask(`ada-${String(time)}@shop.test`, 2));
      const { token } = await shop.signUp();
      await firstRefused(5, () => shop.post('/auth/verify-email/request', { ...from(3), token }));
    });

    it('Limits of the accounts let a mailed token be tried ten times, and an address fifty', async () => {
      const confirm = (token: string, host: number) =>
        shop.post('/auth/password-reset/confirm', {
          ...from(host),
          json: { token, newPassword: 'another long enough password' },
        });
      const verify = (token: string, host: number) =>
        shop.post('/auth/verify-email', { ...from(host), json: { token } });
      for (const [tried, host] of [
        [confirm, 1],
        [verify, 3],
      ] as const) {
        await firstRefused(10, () => tried('no token', host));
        await firstRefused(50, (time) => tried(`no token ${String(time)}`, host + 1));
      }
    });

    it('Limits of the accounts let the holder of an access token guess its user’s password ten times', async () => {
      const { token, password } = await shop.signUp();
      const newPassword = 'another long enough password';
      await firstRefused(10, (time) =>
        time % 2 === 0
          ? shop.put('/auth/password', { token, json: { currentPassword: WRONG, newPassword } })
          : shop.patch('/auth/me', { token, json: { email: 'eve@shop.test', currentPassword: WRONG } }),
      );
      const right = await shop.put('/auth/password', {
        token,
        json: { currentPassword: password, newPassword },
      });
      expect(right.status).to.equal(429);
    });
  });
});
