import { expect } from 'chai';
import { readConfig } from '#src/main/config/index.js';
import { createShop } from '#src/main/shop.js';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { rejectionOf } from '../support/contract-tools.js';
import { resetTokenOf, verificationMails, verificationTokenOf } from '../support/post-office.js';
import { aProduct, expectProblem } from '../support/shopping.js';
import { forEachShop, testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const verify = (shop: ShopUnderTest, token: string) => shop.post('/auth/verify-email', { json: { token } });
const isVerified = async (shop: ShopUnderTest, { token }: Pick<Person, 'token'>): Promise<unknown> =>
  (await shop.get('/auth/me', { token })).body.emailVerified;

forEachShop((name, open) => {
  describe(`A verified address on ${name}`, () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({ environment: { REQUIRE_VERIFIED_EMAIL: 'true' } });
    });
    after(() => shop.close());

    it('A verified address belongs to the user who has received the mail after the sign-up, and is required to order where the shop requires it', async () => {
      const ada = await shop.signUp();
      const productId = await aProduct(shop, { quantity: 5 });
      await shop.post('/cart', { token: ada.token, json: { productId } });
      for (const path of ['/orders', '/order'])
        expectProblem(await shop.post(path, { token: ada.token }), 403, 'email_not_verified');
      const { quantity } = (await shop.get(`/products/${productId}`)).body as { quantity: number };
      expect(quantity).to.equal(5);

      expect(await isVerified(shop, ada)).to.equal(false);
      const token = await verificationTokenOf(shop, ada.email);
      expect((await verify(shop, token)).status).to.equal(204);
      expect(await isVerified(shop, ada)).to.equal(true);
      expectProblem(await verify(shop, token), 401, 'invalid_verification_token');
      expect((await shop.post('/orders', { token: ada.token })).status).to.equal(201);
    });
  });
});

describe('The verification of an address', () => {
  let now: Date;
  let shop: ShopUnderTest;
  let ada: Person;
  beforeEach(async () => {
    now = new Date('2026-05-01T12:00:00Z');
    shop = await testShop({ overrides: { now: () => () => now } });
    ada = await shop.signUp();
  });
  afterEach(() => shop.close());

  const ask = () => shop.post('/auth/verify-email/request', { token: ada.token });

  it('The verification of an address is shown with each user, and to themselves with its time', async () => {
    await verify(shop, await verificationTokenOf(shop, ada.email));
    const { body: user } = await shop.get(`/users/${ada.id}`, { token: shop.adminToken });
    const { body: session } = await shop.post('/auth/login', {
      json: { email: ada.email, password: ada.password },
    });
    const { body: data } = await shop.get('/customers/me/export', { token: ada.token });
    expect([user.emailVerified, session.user.emailVerified]).to.deep.equal([true, true]);
    expect(data.account.emailVerifiedAt).to.equal(now.toISOString());
  });

  it('The verification of an address is not needed to order unless the shop requires it', async () => {
    await shop.post('/cart', { token: ada.token, json: { productId: await aProduct(shop) } });
    expect((await shop.post('/orders', { token: ada.token })).status).to.equal(201);
  });

  it('The verification of an address can be asked for again, until it has come about', async () => {
    const first = await verificationTokenOf(shop, ada.email);
    expect((await ask()).status).to.equal(202);
    const second = await verificationTokenOf(shop, ada.email, 1);
    expect((await verify(shop, second)).status).to.equal(204);
    expect((await verify(shop, first)).status, 'a mail that was read later').to.equal(204);
    expect((await ask()).status).to.equal(202);
    await resetTokenOf(shop, (await shop.signUp()).email);
    expect(verificationMails(shop, ada.email)).to.have.length(2);
  });

  it('The verification of an address can wait for three days', async () => {
    const token = await verificationTokenOf(shop, ada.email);
    const bob = await shop.signUp();
    const late = await verificationTokenOf(shop, bob.email);
    now = new Date(now.getTime() + 3 * 24 * 3_600_000 - 1);
    expect((await verify(shop, token)).status).to.equal(204);
    now = new Date(now.getTime() + 1);
    expectProblem(await verify(shop, late), 401, 'invalid_verification_token');
  });

  it('The verification of an address begins anew with another address, to which the mail then goes', async () => {
    const old = await verificationTokenOf(shop, ada.email);
    await ask();
    await verify(shop, await verificationTokenOf(shop, ada.email, 1));
    const email = 'lovelace@customers.test';
    const json = { email, currentPassword: ada.password };
    const changed = await shop.patch('/auth/me', { token: ada.token, json });
    expect(changed.body.emailVerified).to.equal(false);
    expectProblem(await verify(shop, old), 401, 'invalid_verification_token');
    expect((await verify(shop, await verificationTokenOf(shop, email))).status).to.equal(204);
    expect(await isVerified(shop, ada)).to.equal(true);
    await shop.patch('/auth/me', { token: ada.token, json: { ...json, email: email.toUpperCase() } });
    expect(await isVerified(shop, ada), 'the same address in other letters').to.equal(true);
  });

  it('The verification of an address comes with a password that was set by mail, and with no other', async () => {
    const bob = await shop.signUp();
    const json = { currentPassword: bob.password, newPassword: 'another long password' };
    await shop.put('/auth/password', { token: bob.token, json });
    expect(await isVerified(shop, bob)).to.equal(false);
    const { newPassword } = json;
    const token = await resetTokenOf(shop, ada.email);
    await shop.post('/auth/password-reset/confirm', { json: { token, newPassword } });
    expect(await isVerified(shop, await shop.logIn(ada.email, newPassword))).to.equal(true);
  });

  it('The verification of an address takes no token of another kind', async () => {
    expectProblem(await verify(shop, await resetTokenOf(shop, ada.email)), 401, 'invalid_verification_token');
    const json = { token: await verificationTokenOf(shop, ada.email), newPassword: 'another long password' };
    expectProblem(await shop.post('/auth/password-reset/confirm', { json }), 401, 'invalid_reset_token');
  });

  it('The verification of an address cannot be required by a shop without mail: it does not start', async () => {
    const config = readConfig({
      ...{ DATABASE_URL: 'memory:', JWT_PRIVATE_KEY: generateSigningKey(), LOG_LEVEL: 'silent' },
      ...{ NODE_ENV: 'production', REQUIRE_VERIFIED_EMAIL: 'true' },
    });
    expect(await rejectionOf(createShop(config).prepare())).to.match(
      /^SMTP_URL is required when REQUIRE_VERIFIED_EMAIL is true/,
    );
  });
});
