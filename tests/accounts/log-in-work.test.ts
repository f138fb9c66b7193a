import { expect } from 'chai';
import type { RateCounter } from '#src/platform/limits/rate-counter.js';
import { testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

/** Calls of all methods of a part of the shop, by name. */
const watched = <T extends object>(name: string, part: T, calls: string[]): T =>
  new Proxy(part, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]): unknown => {
        calls.push(`${name}.${String(key)}`);
        return Reflect.apply(value, target, given);
      };
    },
  });

describe('The work of a log-in that is refused', () => {
  const calls: string[] = [];
  let shop: ShopUnderTest;
  let ada: Person;
  before(async () => {
    shop = await testShop({
      environment: { RATE_LIMITS: 'on', TRUST_PROXY: '1' },
      overrides: {
        replaceRepositories: () => ({
          users: (original) => watched('users', original, calls),
          sessions: (original) => watched('sessions', original, calls),
          knownPlaces: (original) => watched('knownPlaces', original, calls),
          auditEntries: (original) => watched('auditEntries', original, calls),
          auditSalts: (original) => watched('auditSalts', original, calls),
        }),
        counters: (original) => {
          const counters = original();
          const tight = counters && watched<RateCounter>('counter', counters.tight, calls);
          return counters && tight && { ...counters, tight };
        },
        passwords: (original) => (caller) => watched('passwords', original()(caller), calls),
      },
    });
    ada = await shop.signUp();
    await shop.patch('/auth/me', { token: ada.token, json: { username: 'ada' } });
  });
  after(() => shop.close());

  const workOf = async (login: string, address: string): Promise<readonly string[]> => {
    calls.length = 0;
    const headers = { 'X-Forwarded-For': address };
    const json = { login, password: 'not the right one' };
    expect((await shop.post('/auth/login', { headers, json })).status).to.equal(401);
    return calls.map((call) => call.replace(/findBy\w+/, 'findByLogin'));
  };

  it('The work of a refused log-in is the same for an unknown name and for a known one, by e-mail address and by user name', async () => {
    const nobody = await workOf('nobody@shop.test', '192.0.2.1');
    expect(nobody).to.include.members([
      'users.findByLogin',
      'knownPlaces.lastSeen',
      'passwords.verify',
      'counter.add',
    ]);
    expect(await workOf(ada.email, '192.0.2.2')).to.deep.equal(nobody);
    expect(await workOf('ada', '192.0.2.3')).to.deep.equal(nobody);
  });

  it('The work of a refused log-in is the same where the account is known', async () => {
    const { email, password } = ada;
    const headers = { 'X-Forwarded-For': '192.0.2.4' };
    expect((await shop.post('/auth/login', { headers, json: { email, password } })).status).to.equal(200);
    const places = shop.shop.parts.contexts.accounts.queries;
    expect(await places.knownPlaces.lastSeen(places.hashPlace(ada.id as never, '192.0.2.4'))).not.to.equal(
      null,
    );
    expect(await workOf(email, '192.0.2.4')).to.deep.equal(await workOf('nobody@shop.test', '192.0.2.5'));
  });

  it('The work of a refused log-in is the same when the account has no guesses left by its other name', async () => {
    for (let time = 0; time < 9; time += 1) await workOf(ada.email, '192.0.2.6');
    await workOf('ada', '192.0.2.6');
    expect(await workOf('ada', '192.0.2.6')).to.deep.equal(await workOf('nobody@shop.test', '192.0.2.7'));
  });
});
