import { expect } from 'chai';
import { OPERATOR_HASHING } from '#src/contexts/accounts/application/ports.js';
import { resetPassword } from '#src/contexts/accounts/application/reset-password.js';
import type { UserId } from '#src/kernel/ids.js';
import { createLogger } from '#src/platform/logger.js';
import type { Relay } from '#src/platform/outbox/relay.js';
import { eventually } from '../support/eventually.js';
import { resetMails, resetTokenOf } from '../support/post-office.js';
import { expectProblem } from '../support/shopping.js';
import { forEachShop, testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';
import { performing } from '../support/performing.js';

const NEW = 'an altogether new password';

const confirm = (shop: ShopUnderTest, token: string, newPassword = NEW) =>
  shop.post('/auth/password-reset/confirm', { json: { token, newPassword } });
const statusOfLogIn = async (shop: ShopUnderTest, { email }: Person, password: string): Promise<number> =>
  (await shop.post('/auth/login', { json: { email, password } })).status;

forEachShop((name, open) => {
  describe(`A password reset on ${name}`, () => {
    let shop: ShopUnderTest;
    let ada: Person;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());
    beforeEach(async () => {
      ada = await shop.signUp();
    });

    it('A password reset sets a new password for the reader of the mail, and ends all sessions', async () => {
      const elsewhere = await shop.logIn(ada.email, ada.password);
      expect((await confirm(shop, await resetTokenOf(shop, ada.email))).status).to.equal(204);
      for (const { token } of [ada, elsewhere])
        expectProblem(await shop.get('/auth/me', { token }), 401, 'invalid_token');
      const refreshed = await shop.post('/auth/refresh', { json: { refreshToken: ada.refreshToken } });
      expectProblem(refreshed, 401, 'invalid_refresh_token');
      expect(await statusOfLogIn(shop, ada, ada.password)).to.equal(401);
      expect(await statusOfLogIn(shop, ada, NEW)).to.equal(200);
    });

    it('A password reset happens once, however many requests with its token come at once', async () => {
      const token = await resetTokenOf(shop, ada.email);
      const passwords = Array.from({ length: 8 }, (_, n) => `${NEW} ${n}`);
      const statuses = await Promise.all(
        passwords.map(async (password) => (await confirm(shop, token, password)).status),
      );
      expect(statuses.toSorted()).to.deep.equal([204, ...Array.from({ length: 7 }, () => 401)]);
      const winner = passwords[statuses.indexOf(204)] ?? '';
      expect(await statusOfLogIn(shop, ada, winner)).to.equal(200);
      expectProblem(await confirm(shop, token), 401, 'invalid_reset_token');
    });
  });
});

describe('The token of a password reset', () => {
  let now: Date;
  let shop: ShopUnderTest;
  let ada: Person;
  beforeEach(async () => {
    now = new Date('2026-05-01T12:00:00Z');
    shop = await testShop({ overrides: { now: () => () => now } });
    ada = await shop.signUp();
  });
  afterEach(() => shop.close());

  const expectVoid = async (token: string): Promise<void> => {
    expectProblem(await confirm(shop, token), 401, 'invalid_reset_token');
  };
  const later = (ms: number): void => {
    now = new Date(now.getTime() + ms);
  };

  it('The token of a password reset is valid for half an hour', async () => {
    const bob = await shop.signUp();
    const [inTime, late] = [await resetTokenOf(shop, ada.email), await resetTokenOf(shop, bob.email)];
    later(30 * 60_000 - 1);
    expect((await confirm(shop, inTime)).status).to.equal(204);
    later(1);
    await expectVoid(late);
  });

  it('The token of a password reset is not consumed by a password that is refused', async () => {
    const token = await resetTokenOf(shop, ada.email);
    expectProblem(await confirm(shop, token, 'Password1'), 422, 'common_password');
    expectProblem(await confirm(shop, token, 'short'), 422, 'invalid_body');
    expect((await confirm(shop, token)).status).to.equal(204);
  });

  it('The token of a password reset is revoked once another one of the same user was used, and no other user’s is', async () => {
    const bob = await shop.signUp();
    const [first, second] = [await resetTokenOf(shop, ada.email), await resetTokenOf(shop, ada.email)];
    const bobs = await resetTokenOf(shop, bob.email);
    expect((await confirm(shop, first)).status, 'the older one, from the mail that came first').to.equal(204);
    await expectVoid(second);
    expect((await confirm(shop, bobs)).status).to.equal(204);
  });

  const changes: Readonly<Record<string, () => Promise<unknown>>> = {
    'its user has changed the password': () =>
      shop.put('/auth/password', {
        token: ada.token,
        json: { currentPassword: ada.password, newPassword: NEW },
      }),
    'whoever runs the shop has set one': () =>
      performing(shop.shop.parts.contexts.accounts.transact)(
        resetPassword({ passwords: shop.shop.parts.passwords(OPERATOR_HASHING) }),
      )(ada.id as UserId, NEW),
    'the e-mail address has changed': () =>
      shop.patch('/auth/me', {
        token: ada.token,
        json: { email: 'lovelace@customers.test', currentPassword: ada.password },
      }),
    'its user was disabled, also when they are enabled again': async () => {
      const [path, token] = [`/users/${ada.id}`, shop.adminToken];
      await shop.patch(path, { token, json: { disabled: true } });
      await shop.patch(path, { token, json: { disabled: false } });
    },
    'its user was erased': () => shop.delete('/customers/me', { token: ada.token }),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`The token of a password reset is revoked once ${what}`, async () => {
      const token = await resetTokenOf(shop, ada.email);
      await change();
      await expectVoid(token);
    });
  }

  it('The token of a password reset stays valid when only the spelling of the address has changed', async () => {
    const token = await resetTokenOf(shop, ada.email);
    const json = { email: ada.email.toUpperCase(), currentPassword: ada.password };
    expect((await shop.patch('/auth/me', { token: ada.token, json })).status).to.equal(200);
    expect((await confirm(shop, token)).status).to.equal(204);
  });

  it('The token of a password reset is no other kind of token, nor is another kind of token one', async () => {
    for (const token of [ada.token, ada.refreshToken, 'x', ` ${await resetTokenOf(shop, ada.email)}`])
      await expectVoid(token);
    expectProblem(
      await shop.get('/auth/me', { token: await resetTokenOf(shop, ada.email) }),
      401,
      'invalid_token',
    );
  });
});

describe('Asking for a password reset', () => {
  let shop: ShopUnderTest;
  let ada: Person;
  let log: string;
  beforeEach(async () => {
    log = '';
    const logger = createLogger('info', { write: (line) => (log += line) });
    shop = await testShop({ overrides: { logger: () => logger } });
    ada = await shop.signUp();
  });
  afterEach(() => shop.close());

  /** That many requests have come to their end, be it a mail or none. */
  const settled = (requests: number): Promise<unknown> => {
    const isOver = /"type":"password_reset\.requested".*"msg":"event"/g;
    return eventually(() => log.match(isOver)?.length === requests, 'the end of the requests');
  };
  const ask = (email: string) => shop.post('/auth/password-reset', { json: { email } });

  it('A request for a password reset receives the same response whether an account has that address, in whatever spelling, or not', async () => {
    const answers = [
      await ask(ada.email),
      await ask(` ${ada.email.toUpperCase()} `),
      await ask('nobody@customers.test'),
    ];
    for (const { status, body, headers } of answers) {
      expect([status, body]).to.deep.equal([202, undefined]);
      expect(Object.keys(headers)).to.deep.equal(Object.keys(answers[0]?.headers ?? {}));
    }
    await settled(3);
    expect(resetMails(shop, ada.email)).to.have.length(2);
    expect(shop.shop.mails.map(({ to }) => to)).not.to.include('nobody@customers.test');
  });

  it('A request for a password reset writes as much for an address without an account', async () => {
    const idle: Relay = { start: () => undefined, wake: () => undefined, stop: () => Promise.resolve() };
    const watched = await testShop({ overrides: { relay: () => idle } });
    const { outside, transact } = watched.shop.parts.persistence;
    const appended = async () => (await transact(({ outbox }) => outbox.dispatch(100))).length;
    const { id, email } = await watched.signUp();
    const written: number[] = [];
    for (const address of [email, 'nobody@customers.test']) {
      await appended();
      await watched.post('/auth/password-reset', { json: { email: address } });
      written.push(await appended());
    }
    expect(written).to.deep.equal([1, 1]);
    const entries = async () =>
      (
        await outside.auditEntries.list(
          { action: 'user.password_reset_requested' },
          { limit: 9, after: null },
        )
      ).items;
    expect((await entries()).map(({ subjectId }) => subjectId)).to.have.members([id, null]);
    await watched.close();
  });

  it('A request for a password reset sends a disabled user nothing', async () => {
    const json = { disabled: true };
    await shop.patch(`/users/${ada.id}`, { token: shop.adminToken, json });
    expect((await ask(ada.email)).status).to.equal(202);
    await settled(1);
    expect(resetMails(shop, ada.email)).to.deep.equal([]);
  });

  it('A request for a password reset lets a user whom an administrator has created without a password set one', async () => {
    const email = 'grace@customers.test';
    await shop.post('/customers', { token: shop.adminToken, json: { name: 'Grace', email } });
    expect((await confirm(shop, await resetTokenOf(shop, email))).status).to.equal(204);
    expect((await shop.logIn(email, NEW)).email).to.equal(email);
  });

  it('A request for a password reset leads to the configured page of the storefront, whatever host the request names', async () => {
    const PASSWORD_RESET_URL = 'https://storefront.test/reset?from=mail#{token}';
    const linked = await testShop({ environment: { PASSWORD_RESET_URL } });
    const { email } = await linked.signUp();
    const headers = {
      'X-Forwarded-Host': 'evil.test',
      Forwarded: 'host=evil.test',
      Origin: 'https://evil.test',
    };
    await linked.post('/auth/password-reset', { json: { email }, headers });
    const { text, subject } = await eventually(() => resetMails(linked, email)[0], 'the mail');
    expect(text).to.match(/^https:\/\/storefront\.test\/reset\?from=mail#[\w-]{43}$/m);
    expect(`${subject}${text}`).not.to.match(/evil|Ada/);
    await linked.close();
  });
});
