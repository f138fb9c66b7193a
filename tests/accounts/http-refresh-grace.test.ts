import { expect } from 'chai';
import type { Received } from '../support/http-client.js';
import { expectProblem } from '../support/shopping.js';
import { withoutExports } from '../support/snapshot.js';
import { forEachShape, type Person, type ShopUnderTest } from '../support/test-shop.js';

/** Where a request comes from. */
interface Place {
  readonly device: string;
  readonly address: string;
}

const HOME: Place = { device: 'Firefox', address: '192.0.2.7' };
const HOME_V6: Place = { device: 'Firefox', address: '2001:db8:1:2::7' };
/** Longer than what a session stores. */
const LONG: Place = { device: `Firefox ${'x'.repeat(300)}`, address: '192.0.2.7' };

/** The attempts of a thief, or of a client that has moved. */
const ELSEWHERE: Readonly<Record<string, readonly [rotated: Place, replayed: Place]>> = {
  'another network': [HOME, { ...HOME, address: '192.0.2.8' }],
  'another network of IPv6': [HOME_V6, { ...HOME_V6, address: '2001:db8:1:3::7' }],
  'an IPv6 network after one of IPv4': [HOME, { ...HOME, address: HOME_V6.address }],
  'another device': [HOME, { ...HOME, device: 'curl/8.0' }],
  'a device that says nothing': [HOME, { ...HOME, device: '' }],
};

/** What counts as the same place. */
const SAME: Readonly<Record<string, readonly [rotated: Place, replayed: Place]>> = {
  'the same address': [HOME, HOME],
  'another address of the same /64 network': [HOME_V6, { ...HOME_V6, address: '2001:db8:1:2:ffff::1' }],
  'an IPv4 address that is written as an IPv6 address': [HOME, { ...HOME, address: '::ffff:192.0.2.7' }],
  'a device whose name is longer than what is stored': [LONG, LONG],
};

forEachShape((_shape, open) => {
  describe('The grace period of a consumed refresh token', () => {
    const START = new Date('2026-05-01T12:55:00.000Z');
    let now = START;
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({ overrides: { now: () => () => now }, environment: { TRUST_PROXY: '1' } });
    });
    beforeEach(() => (now = START));
    after(() => shop.close());

    const from = ({ device, address }: Place) => ({
      headers: { 'User-Agent': device, 'X-Forwarded-For': address },
    });
    const refresh = (refreshToken: string, place: Place = HOME): Promise<Received> =>
      shop.post('/auth/refresh', { json: { refreshToken }, ...from(place) });
    const me = (token: string) => shop.get('/auth/me', { token });
    /** The entries of the audit log about a person's refresh tokens, the earliest first. */
    const recorded = async ({ id }: Person) => {
      const { body } = await shop.get(`/audit-log?subject=${id}`, { token: shop.adminToken });
      const entries = body.items as readonly {
        action: string;
        actorId: string | null;
        addressHash: string;
      }[];
      return entries.filter(({ action }) => action.startsWith('user.token_')).toReversed();
    };
    const actions = async (person: Person) => (await recorded(person)).map(({ action }) => action);
    const expectEnded = async (accessToken: string, refreshToken: string) => {
      expectProblem(await me(accessToken), 401, 'invalid_token');
      expectProblem(await refresh(refreshToken), 401, 'invalid_refresh_token');
    };

    for (const [what, [rotated, replayed]] of Object.entries(SAME)) {
      it(`The grace period of a consumed refresh token gives the same refresh token once more to ${what}, and the audit log records it`, async () => {
        const person = await shop.signUp();
        const first = await refresh(person.refreshToken, rotated);
        now = new Date(START.getTime() + 29_999);
        const again = await refresh(person.refreshToken, replayed);
        expect([again.status, again.body.refreshToken]).to.deep.equal([200, first.body.refreshToken]);
        for (const { body } of [first, again]) expect((await me(body.accessToken)).status).to.equal(200);
        const [entry, ...others] = await recorded(person);
        expect([entry?.action, entry?.actorId, others]).to.deep.equal(['user.token_replayed', null, []]);
        expect(entry?.addressHash).to.match(/^[0-9a-f]{64}$/);
        expect((await refresh(first.body.refreshToken, replayed)).status).to.equal(200);
      });
    }

    for (const [what, [rotated, replayed]] of Object.entries(ELSEWHERE)) {
      it(`The grace period of a consumed refresh token ends the session when the token comes again from ${what}, and the audit log records it`, async () => {
        const person = await shop.signUp();
        const { body } = await refresh(person.refreshToken, rotated);
        expectProblem(await refresh(person.refreshToken, replayed), 401, 'invalid_refresh_token');
        expect(await actions(person)).to.deep.equal(['user.token_reused']);
        await expectEnded(body.accessToken as string, body.refreshToken as string);
      });
    }

    it('The grace period of a consumed refresh token ends the session when the token comes a third time', async () => {
      const person = await shop.signUp();
      const { body } = await refresh(person.refreshToken);
      expect((await refresh(person.refreshToken)).status).to.equal(200);
      expectProblem(await refresh(person.refreshToken), 401, 'invalid_refresh_token');
      expect(await actions(person)).to.deep.equal(['user.token_replayed', 'user.token_reused']);
      await expectEnded(body.accessToken as string, body.refreshToken as string);
    });

    it('The grace period of a consumed refresh token counts a replay by the rotation: the next refresh has one of its own', async () => {
      const person = await shop.signUp();
      let { refreshToken } = person;
      for (let times = 0; times < 3; times += 1) {
        const first = await refresh(refreshToken);
        const again = await refresh(refreshToken);
        expect([first.status, again.status]).to.deep.equal([200, 200]);
        refreshToken = first.body.refreshToken as string;
      }
      expect(await actions(person)).to.deep.equal(Array(3).fill('user.token_replayed'));
    });

    it('The grace period of a consumed refresh token compares with the place of the rotation and not with that of the log-in', async () => {
      const person = await shop.signUp();
      const elsewhere = { device: 'Chrome', address: '198.51.100.1' };
      const first = await refresh(person.refreshToken, elsewhere);
      const again = await refresh(person.refreshToken, elsewhere);
      expect([again.status, again.body.refreshToken]).to.deep.equal([200, first.body.refreshToken]);
    });

    it('The grace period of a consumed refresh token lets a client move to another network between two refreshes', async () => {
      const { refreshToken } = await shop.signUp();
      const first = await refresh(refreshToken, HOME);
      const second = await refresh(first.body.refreshToken as string, { ...HOME, address: '198.51.100.1' });
      expect([first.status, second.status]).to.deep.equal([200, 200]);
    });

    describe('for a thief who watches', () => {
      const MINUTE = 60_000;
      const AWAY: Place = { device: 'Safari', address: '198.51.100.9' };

      /** All that the holder of an access token can read: every call of a user that needs no id. */
      const read = async (token: string): Promise<object> => {
        const paths = shop.shop.http.table
          .filter(({ method, access, path }) => method === 'get' && access === 'user' && !path.includes(':'))
          .map(({ path }) => path);
        expect(paths).to.include.members(['/auth/sessions', '/customers/me/export']);
        const seen = await Promise.all(
          paths.map(async (path) => {
            const { status, headers, body } = await shop.get(path, { token });
            expect(status, path).to.equal(200);
            return [path, [headers['etag'], path.endsWith('/export') ? withoutExports(body) : body]];
          }),
        );
        return Object.fromEntries(seen) as object;
      };
      const sessionsOf = async (token: string) =>
        (await shop.get('/auth/sessions', { token })).body.items as readonly Record<string, unknown>[];

      it('A refresh changes nothing for a minute that its user, and so a thief, can read', async () => {
        const person = await shop.signUp();
        const { token: elsewhere } = await shop.logIn(person.email, person.password);
        now = new Date(START.getTime() + 9 * MINUTE);
        const before = await Promise.all([person.token, elsewhere].map(read));
        const { body } = await refresh(person.refreshToken, AWAY);
        for (const after of [0, 1, 29_999, 30_000, 59_999]) {
          now = new Date(START.getTime() + 9 * MINUTE + after);
          expect(await Promise.all([person.token, elsewhere].map(read)), String(after)).to.deep.equal(before);
        }
        now = new Date(START.getTime() + 10 * MINUTE);
        const [, shown] = await sessionsOf(body.accessToken as string);
        expect(shown).to.include({ ...AWAY, current: true, lastUsedAt: '2026-05-01T13:00:00.000Z' });
      });

      it('A second refresh within a minute does not show the first', async () => {
        const person = await shop.signUp();
        now = new Date(START.getTime() + 8 * MINUTE);
        const before = await read(person.token);
        const { body } = await refresh(person.refreshToken, AWAY);
        now = new Date(now.getTime() + 40_000);
        await refresh(body.refreshToken as string, HOME);
        for (const after of [0, 20_000, 59_999]) {
          now = new Date(START.getTime() + 8 * MINUTE + 40_000 + after);
          expect(await read(person.token)).to.deep.equal(before);
        }
      });

      it('The times of a session are shown to the hour', async () => {
        const person = await shop.signUp();
        const { sessionIdleTtl } = shop.shop.parts.config;
        const times = async () => {
          const [{ createdAt, lastUsedAt, expiresAt } = {}] = await sessionsOf(person.token);
          return [createdAt, lastUsedAt, expiresAt];
        };
        const idleEnd = (at: string) => new Date(Date.parse(at) + sessionIdleTtl * 1000).toISOString();
        const created = START.toISOString();
        expect(await times()).to.deep.equal([created, created, idleEnd('2026-05-01T13:00:00.000Z')]);
        now = new Date('2026-05-01T13:10:11.012Z');
        await refresh(person.refreshToken);
        now = new Date(now.getTime() + MINUTE);
        const hours = ['2026-05-01T13:00:00.000Z', idleEnd('2026-05-01T14:00:00.000Z')];
        expect(await times()).to.deep.equal([created, ...hours]);
      });
    });
  });
});
