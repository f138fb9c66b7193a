import { expect } from 'chai';
import { forEachShop, testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const PASSWORD = 'correct horse battery staple';
const ODD = [
  ['zoe\u200b@example.com', 'The e-mail address must not contain the character U+200B.'],
  ['zoe\u00ad@example.com', 'The e-mail address must not contain the character U+00AD.'],
  ['zoe\u202e@example.com', 'The e-mail address must not contain the character U+202E.'],
  ['zoe@exam\u200bple.com', 'The e-mail address must not contain the character U+200B.'],
  ['zoe\uff20example.com', 'The e-mail address must not contain the character U+FF20.'],
  ['zoe@example\uff0ecom', 'The e-mail address must not contain the character U+FF0E.'],
  [
    'zoe@[192.0.2.1]',
    'The e-mail address must be an address that can receive e-mail, such as ann@example.org.',
  ],
  [
    'zoe@example.com.',
    'The e-mail address must be an address that can receive e-mail, such as ann@example.org.',
  ],
] as const;

describe('An e-mail address that mail can’t be sent to', () => {
  let shop: ShopUnderTest;
  let ada: Person;
  before(async () => {
    shop = await testShop();
    ada = await shop.signUp();
  });
  after(() => shop.close());

  for (const [title, call] of [
    [
      'at sign-up',
      (email: string) => shop.post('/auth/signup', { json: { name: 'Zoe', email, password: PASSWORD } }),
    ],
    ['at log-in', (email: string) => shop.post('/auth/login', { json: { email, password: PASSWORD } })],
    [
      'for one’s account',
      (email: string) =>
        shop.patch('/auth/me', { token: ada.token, json: { email, currentPassword: ada.password } }),
    ],
    ['at a password reset', (email: string) => shop.post('/auth/password-reset', { json: { email } })],
    [
      'for a customer whom an administrator enters',
      (email: string) => shop.post('/customers', { token: shop.adminToken, json: { name: 'Zoe', email } }),
    ],
  ] as const)
    it(`An e-mail address that mail can’t be sent to is refused ${title}, with what is odd about it`, async () => {
      for (const [email, detail] of ODD) {
        const { status, body } = await call(email);
        expect([status, body.code], JSON.stringify(email)).to.deep.equal([422, 'invalid_body']);
        expect(body.errors).to.deep.equal([{ pointer: '/email', detail }]);
      }
    });

  it('An e-mail address that mail can’t be sent to is no account’s log-in name', async () => {
    for (const [login] of ODD) {
      const { status, body } = await shop.post('/auth/login', { json: { login, password: PASSWORD } });
      expect([status, body.code], JSON.stringify(login)).to.deep.equal([401, 'invalid_credentials']);
    }
  });
});

forEachShop((name, open) => {
  describe(`The domain of an e-mail address on ${name}`, () => {
    let shop: ShopUnderTest;
    let ida: Person;
    before(async () => {
      shop = await open();
      ida = await shop.signUp({ email: 'ida@bücher.example', password: PASSWORD });
    });
    after(() => shop.close());

    const SPELLINGS = ['ida@xn--bcher-kva.example', 'IDA@BÜCHER.example', 'ida@bu\u0308cher.example'];

    it('The domain of an e-mail address makes no second account in another spelling', async () => {
      const other = await shop.signUp();
      for (const email of SPELLINGS) {
        const signUp = await shop.post('/auth/signup', { json: { name: 'Ida', email, password: PASSWORD } });
        expect([signUp.status, signUp.body.code], email).to.deep.equal([409, 'email_taken']);
        const entry = { token: shop.adminToken, json: { name: 'Ida', email } };
        expect((await shop.post('/customers', entry)).body.code, email).to.equal('email_taken');
        const json = { email, currentPassword: other.password };
        const changed = await shop.patch('/auth/me', { token: other.token, json });
        expect(changed.body.code, email).to.equal('email_taken');
      }
    });

    it('The domain of an e-mail address lets its owner in, and be found, in every spelling', async () => {
      for (const email of SPELLINGS) {
        expect((await shop.logIn(email, PASSWORD)).id, email).to.equal(ida.id);
        const json = { login: email, password: PASSWORD };
        expect((await shop.post('/auth/login', { json })).body.user.id, email).to.equal(ida.id);
        const { body } = await shop.get(`/customers?q=${encodeURIComponent(email)}`, {
          token: shop.adminToken,
        });
        expect(
          (body.items as { id: string }[]).map(({ id }) => id),
          email,
        ).to.deep.equal([ida.id]);
      }
    });

    it('The domain of an e-mail address is shown in Unicode, and a change of its spelling alone leaves the account as it is', async () => {
      const email = 'Ida@XN--BCHER-KVA.example';
      const json = { email, currentPassword: PASSWORD };
      const { status, body } = await shop.patch('/auth/me', { token: ida.token, json });
      expect([status, body.email]).to.deep.equal([200, 'Ida@bücher.example']);
      const profile = await shop.get('/customers/me', { token: ida.token });
      expect(profile.body.email).to.equal('Ida@bücher.example');
    });
  });
});

describe('Attempts at one mailbox', () => {
  it('Attempts at one mailbox count as one account’s, however its domain is written', async () => {
    const shop = await testShop({ environment: { RATE_LIMITS: 'on' } });
    try {
      const tries = (email: string) =>
        shop.post('/auth/login', { json: { email, password: 'not the right one' } });
      for (let time = 0; time < 10; time += 1)
        await tries(time % 2 === 0 ? 'Ida@BÜCHER.example' : 'ida@xn--bcher-kva.example');
      for (const email of ['ida@bücher.example', 'ida@xn--bcher-kva.example'])
        expect((await tries(email)).status, email).to.equal(429);
    } finally {
      await shop.close();
    }
  });
});
