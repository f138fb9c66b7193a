import { expect } from 'chai';
import type { UserId } from '#src/kernel/ids.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';
import type { Received } from '../support/http-client.js';
import { tokensMailedTo } from '../support/operations.js';
import { onRedis } from '../support/redis.js';
import { forEachShop, testShop, type ShopUnderTest } from '../support/test-shop.js';

const PASSWORD = 'a long enough password';
const WRONG = 'not the right one';
const LIMITED = { RATE_LIMITS: 'on', TRUST_PROXY: '1' };

/** Addresses of an account's owner and of the attackers. */
const owner = (host: number): string => `198.51.100.${String(host)}`;
const attacker = (host: number): string => `203.0.113.${String(host)}`;

interface Owner {
  readonly id: string;
  readonly email: string;
  readonly refreshToken: string;
}

const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });

const logIn = (shop: ShopUnderTest, login: string, password: string, address: string): Promise<Received> =>
  shop.post('/auth/login', { ...from(address), json: { login, password } });

let people = 0;
const signUp = async (shop: ShopUnderTest, address: string): Promise<Owner> => {
  people += 1;
  const email = `owner-${String(people)}@shop.test`;
  const json = { name: 'Ann', email, password: PASSWORD };
  const { status, body } = await shop.post('/auth/signup', { ...from(address), json });
  expect(status).to.equal(201);
  return { id: body.user.id as string, email, refreshToken: body.refreshToken as string };
};

/**
 * Makes a hundred wrong guesses from ten addresses, after which the account is locked for each new address. One after another: a
 * slow Redis counts as unavailable.
 */
const attack = async (
  shop: ShopUnderTest,
  { email }: Owner,
  network: (host: number) => string = attacker,
) => {
  for (let guess = 0; guess < 100; guess += 1)
    expect((await logIn(shop, email, WRONG, network(guess % 10))).status).to.equal(401);
  const locked = await logIn(shop, email, PASSWORD, owner(99));
  expect([locked.status, locked.body['violated-policies']]).to.deep.equal([429, ['login-account-anywhere']]);
};

const statusesAt = async (shop: ShopUnderTest, login: string, ...hosts: readonly number[]) => {
  const statuses: number[] = [];
  for (const host of hosts) statuses.push((await logIn(shop, login, PASSWORD, owner(host))).status);
  return statuses;
};

forEachShop((name, open) => {
  describe(`An account that is under attack on ${name}`, () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({ environment: LIMITED });
    });
    after(() => shop.close());

    const isKnown = async ({ id }: Owner, address: string): Promise<boolean> => {
      const { knownPlaces, hashPlace } = shop.shop.parts.contexts.accounts.queries;
      return (await knownPlaces.lastSeen(hashPlace(id as UserId, address))) !== null;
    };

    it('An account that is under attack is open to its owner where they have signed up, logged in and refreshed', async () => {
      const ann = await signUp(shop, owner(1));
      expect(await statusesAt(shop, ann.email, 2)).to.deep.equal([200]);
      const { refreshToken } = ann;
      expect(
        (await shop.post('/auth/refresh', { ...from(owner(3)), json: { refreshToken } })).status,
      ).to.equal(200);
      await attack(shop, ann);
      expect(await statusesAt(shop, ann.email, 1, 2, 3, 4)).to.deep.equal([200, 200, 200, 429]);
    });

    it('An account that is under attack is open to its owner everywhere once they have set a new password with a mail, and stays open where they did', async () => {
      const ann = await signUp(shop, owner(1));
      await attack(shop, ann);
      for (let time = 0; time < 10; time += 1) await logIn(shop, ann.email, WRONG, owner(5));
      const { password_reset: token } = await tokensMailedTo(shop, ann.id);
      const json = { token, newPassword: PASSWORD };
      expect((await shop.post('/auth/password-reset/confirm', { ...from(owner(5)), json })).status).to.equal(
        204,
      );
      expect(await statusesAt(shop, ann.email, 5, 6), 'the place of the reset, and a new one').to.deep.equal([
        200, 200,
      ]);
      await attack(shop, ann, (host) => `203.0.113.${String(100 + host)}`);
      expect(await statusesAt(shop, ann.email, 5, 7)).to.deep.equal([200, 429]);
    });

    it('An account that is under attack sends its owner a mail to set a password where they are known, however many others have asked for one', async () => {
      const ann = await signUp(shop, owner(1));
      const ask = async (address: string): Promise<number> =>
        (await shop.post('/auth/password-reset', { ...from(address), json: { email: ann.email } })).status;
      const asked: number[] = [];
      for (let mail = 0; mail < 20; mail += 1) asked.push(await ask(attacker(mail % 5)));
      expect(new Set(asked)).to.deep.equal(new Set([202]));
      expect([await ask(owner(98)), await ask(owner(1))]).to.deep.equal([429, 202]);
    });

    it('An account that is under attack forgets the places of everyone who knew its password before a reset', async () => {
      const [ann, ben, cleo] = [
        await signUp(shop, owner(1)),
        await signUp(shop, owner(1)),
        await signUp(shop, owner(1)),
      ];
      for (const { email } of [ann, ben, cleo])
        expect(await statusesAt(shop, email, 40)).to.deep.equal([200]);

      const { password_reset: token } = await tokensMailedTo(shop, ann.id);
      const json = { token, newPassword: 'another long password' };
      await shop.post('/auth/password-reset/confirm', { ...from(owner(5)), json });
      expect([await isKnown(ann, owner(40)), await isKnown(ann, owner(5))]).to.deep.equal([false, true]);

      const { body } = await logIn(shop, ben.email, PASSWORD, owner(41));
      const changed = await shop.put('/auth/password', {
        headers: { 'X-Forwarded-For': owner(41) },
        token: body.accessToken as string,
        json: { currentPassword: PASSWORD, newPassword: 'another long password' },
      });
      expect([changed.status, await isKnown(ben, owner(40))]).to.deep.equal([204, false]);

      await shop.patch(`/users/${cleo.id}`, { token: shop.adminToken, json: { disabled: true } });
      expect(await isKnown(cleo, owner(40))).to.equal(false);
    });

    it('An account that is under attack is known nowhere by failing: not by guesses, by refused tokens or by a mail that was asked for', async () => {
      const ann = await signUp(shop, owner(1));
      const { refreshToken } = ann;
      const post = (path: string, json: object) => shop.post(path, { ...from(attacker(1)), json });
      await logIn(shop, ann.email, WRONG, attacker(1));
      await post('/auth/password-reset', { email: ann.email });
      await post('/auth/password-reset/confirm', { token: 'no token', newPassword: PASSWORD });
      const { password_reset: token } = await tokensMailedTo(shop, ann.id);
      await post('/auth/password-reset/confirm', { token, newPassword: 'password123' });
      await post('/auth/signup', { name: 'Eve', email: ann.email, password: PASSWORD });
      const rotated = await shop.post('/auth/refresh', { ...from(owner(1)), json: { refreshToken } });
      expect(rotated.status).to.equal(200);
      expect((await post('/auth/refresh', { refreshToken })).status, 'spent').to.equal(401);
      expect([await isKnown(ann, owner(1)), await isKnown(ann, attacker(1))]).to.deep.equal([true, false]);
    });

    it('An account that is under attack does not know a stranger’s network after its owner’s successes', async () => {
      const [ann, bob] = [await signUp(shop, owner(1)), await signUp(shop, attacker(1))];
      expect([await isKnown(ann, attacker(1)), await isKnown(bob, owner(1))]).to.deep.equal([false, false]);
      expect([await isKnown(ann, owner(1)), await isKnown(bob, attacker(1))]).to.deep.equal([true, true]);
    });
  });
});

onEverySqlDatabase('Known places', (name) => {
  it('Known places survive a restart, and are known to every process', async () => {
    const database = await openSqlDatabase(name, { migrated: false });
    // The embedded database stores the key of the secret next to it.
    const key = name === 'SQLite' ? { JWT_PRIVATE_KEY: '' } : {};
    const environment = { ...LIMITED, DATABASE_URL: database.url, ...key };
    const earlier = await testShop({ environment });
    const ann = await signUp(earlier, owner(1));
    await earlier.close();
    const [one, other] = [await testShop({ environment }), await testShop({ environment })];
    expect(await statusesAt(one, ann.email, 2)).to.deep.equal([200]);
    await attack(other, ann);
    expect(await statusesAt(other, ann.email, 1, 2, 3)).to.deep.equal([200, 200, 429]);
    await Promise.all([one.close(), other.close()]);
    await database.close();
  });
});

onRedis('Known places', (redis) => {
  it('Known places are known though Redis has lost what it counted, and a reset lifts what it counts', async () => {
    const database = await openSqlDatabase('SQLite', { migrated: false });
    const environment = { ...LIMITED, DATABASE_URL: database.url, REDIS_URL: redis().url };
    const earlier = await testShop({ environment });
    const ann = await signUp(earlier, owner(1));
    await earlier.close();
    await redis().kill();
    await redis().start();
    const shop = await testShop({ environment });
    await attack(shop, ann);
    expect(await statusesAt(shop, ann.email, 1, 2)).to.deep.equal([200, 429]);
    const { password_reset: token } = await tokensMailedTo(shop, ann.id);
    const json = { token, newPassword: PASSWORD };
    expect((await shop.post('/auth/password-reset/confirm', { ...from(owner(3)), json })).status).to.equal(
      204,
    );
    expect(await statusesAt(shop, ann.email, 2)).to.deep.equal([200]);
    await shop.close();
    await database.close();
  });
});
