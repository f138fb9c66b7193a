import { createSecretKey, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { boolean, number, object, oneOf, text } from '#src/platform/schema/schema.js';
import { DomainError } from '#src/kernel/errors.js';
import { listSearch } from '#src/platform/http/lists/list.js';
import { noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Limit } from '#src/platform/http/routes/route.js';
import { processCounter } from '#src/platform/limits/process-counter.js';
import type { RateCounter } from '#src/platform/limits/rate-counter.js';
import type { Received } from '../../support/http-client.js';
import { startPlanted, type PlantedApp } from './planted-app.js';

const LIMIT: Limit = {
  name: 'door',
  counts: 'refusals',
  perAddress: { most: 6, seconds: 60 },
  perAccount: { here: { most: 3, seconds: 60 }, anywhere: { most: 5, seconds: 60 } },
};

interface Knock {
  readonly account: string;
  readonly identity?: string;
  readonly known?: boolean;
  readonly with: 'right' | 'wrong' | 'outage' | 'bug';
}

const OUTCOMES: Readonly<Record<Knock['with'], () => undefined>> = {
  right: () => undefined,
  wrong: () => {
    throw new DomainError('unauthenticated', 'planted_wrong', 'Planted.');
  },
  outage: () => {
    throw new DomainError('unavailable', 'planted_outage', 'Planted.');
  },
  bug: () => {
    throw new TypeError('planted');
  },
};

/** The `RateLimit` field without its seconds, which pass while a test runs: any of the window's 60 will do. */
const remaining = ({ headers }: Pick<Received, 'headers'>): string =>
  (headers['ratelimit'] ?? '').replaceAll(/;t=(?:[1-9]|[1-5]\d|60)(?=,|$)/g, '');

const knock = (path: string, limit: Limit) =>
  route({
    method: 'post',
    path,
    operationId: `knock${path.slice(1)}`,
    tag: 'Things',
    access: 'anyone',
    summary: 'Planted',
    body: object(`Knock${path.slice(1)}`, {
      account: text(50),
      identity: text(50).optional(),
      known: boolean().optional(),
      with: oneOf('right', 'wrong', 'outage', 'bug'),
    }),
    limit: {
      ...limit,
      account: ({ body: { account: name, identity = `name of ${name}`, known = false } }) => ({
        name,
        identity,
        known,
      }),
    },
    replies: { 204: {} },
    errors: [
      { kind: 'unauthenticated', code: 'planted_wrong', message: 'Planted.' },
      { kind: 'unavailable', code: 'planted_outage', message: 'Planted.' },
    ],
    query: ({ body, exhausted }) => {
      OUTCOMES[exhausted && body.with === 'right' ? 'wrong' : body.with]();
    },
    reply: noContent,
  });

interface Grist {
  readonly account: string;
  readonly expected: number;
  readonly taken: number;
  readonly busy?: boolean;
}

/** A row whose work is expensive. */
const mill = route({
  method: 'post',
  path: '/mill',
  operationId: 'grind',
  tag: 'Things',
  access: 'anyone',
  summary: 'Planted',
  body: object('Grist', {
    account: text(50),
    expected: number(),
    taken: number(),
    busy: boolean().optional(),
  }),
  limit: {
    ...{ name: 'mill', counts: 'refusals', perAddress: { most: 1, seconds: 60 } },
    account: ({ body }) => ({ name: body.account }),
    effort: {
      name: 'grain',
      perAddress: { most: 6, seconds: 60 },
      perAccount: { most: 4, seconds: 60 },
      expected: ({ body }) => body.expected,
    },
  },
  replies: { 204: {} },
  errors: [{ kind: 'unavailable', code: 'planted_outage', message: 'Planted.' }],
  query: ({ body, meter }) => {
    meter.add(body.taken);
    if (body.busy === true) OUTCOMES.outage();
  },
  reply: noContent,
});

const planted = { method: 'get', tag: 'Things', access: 'user', summary: 'Planted' } as const;

/** Costs as much as twenty requests. */
const dump = route({
  ...planted,
  path: '/dump',
  operationId: 'dump',
  cost: { base: 20 },
  replies: { 200: { body: object('Dump', { all: boolean() }) } },
  query: () => ({ all: true }),
  reply: (body) => ok(body),
});

/** A list whose search costs as much as nine requests more. */
const heap = route({
  ...planted,
  path: '/heap',
  operationId: 'heap',
  search: listSearch({ q: text(50).optional(), inStock: boolean().optional() }),
  cost: { parameters: { q: 9, inStock: 1 } },
  replies: { 200: { body: object('Heap', { all: boolean() }) } },
  query: () => ({ all: true }),
  reply: (body) => ok(body),
});

const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

describe('Rate limits', () => {
  let shop: PlantedApp;
  let seen: string[];

  const start = async (requestsPerMinute = 1000): Promise<void> => {
    const counter = processCounter();
    seen = [];
    const watched: RateCounter = {
      ...counter,
      add: (quota, caller, point) => {
        seen.push(caller);
        return counter.add(quota, caller, point);
      },
    };
    shop = await startPlanted({
      extra: [
        mill,
        dump,
        heap,
        knock('/door', LIMIT),
        knock('/gate', { ...LIMIT, counts: 'attempts', name: 'gate' }),
      ],
      counters: { secret: createSecretKey(randomBytes(32)), general: watched, tight: watched },
      config: { requestsPerMinute, trustProxy: 1 },
    });
  };
  afterEach(() => shop.server.close());

  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
  const get = (path: string, address = '192.0.2.1') => shop.client.get(path, from(address));
  const tryDoor = (
    account: string,
    outcome: Knock['with'],
    address = '192.0.2.1',
    { path = '/door', ...given }: Partial<Knock> & { readonly path?: string } = {},
  ) => shop.client.post(path, { ...from(address), json: { account, with: outcome, ...given } });
  const grind = (grist: Partial<Grist> = {}, address = '192.0.2.1') =>
    shop.client.post('/mill', {
      ...from(address),
      json: { account: 'ada', expected: 1, taken: 1, ...grist },
    });
  const times = async (
    count: number,
    act: (time: number) => Promise<Received>,
  ): Promise<readonly number[]> => {
    const statuses: number[] = [];
    for (let time = 0; time < count; time += 1) statuses.push((await act(time)).status);
    return statuses;
  };

  describe('in general', () => {
    it('Rate limits show in every response what is left, and refuse further requests with 429', async () => {
      await start(3);
      const first = await get('/things');
      expect(first.headers['ratelimit-policy']).to.equal('"default";q=3;w=60');
      expect(remaining(first)).to.equal('"default";r=2');
      await get('/nowhere');
      expect((await get('/things')).headers['ratelimit']).to.match(/^"default";r=0;t=\d+$/);
      const refused = await get('/things');
      expect(refused.status).to.equal(429);
      expect(refused.headers['ratelimit']).to.match(/^"default";r=0;t=\d+$/);
      const [, left] = /t=(\d+)/.exec(refused.headers['ratelimit'] ?? '') ?? [];
      expect(refused.headers['retry-after']).to.equal(left);
      expect(Number(left)).to.be.within(1, 60);
      expect(refused.headers['content-type']).to.match(/^application\/problem\+json/);
      expect(refused.body).to.include({ type: QUOTA_EXCEEDED, status: 429, code: 'rate_limited' });
      expect(refused.body['violated-policies']).to.deep.equal(['default']);
    });

    it('Rate limits count by the address of the client, and by the /64 where it has many', async () => {
      await start(1);
      expect((await get('/things')).status).to.equal(200);
      expect((await get('/things', '192.0.2.2')).status).to.equal(200);
      expect((await get('/things')).status).to.equal(429);
      expect((await get('/things', '2001:db8::1')).status).to.equal(200);
      expect((await get('/things', '2001:db8::2')).status).to.equal(429);
    });

    it('Rate limits are not evaded by forged addresses', async () => {
      await start(1);
      const statuses = await times(3, (time) => get('/things', `198.51.100.${String(time)}, 192.0.2.1`));
      expect(statuses).to.deep.equal([200, 429, 429]);
    });

    it('Rate limits count by user as well, wherever they come from', async () => {
      await start(2);
      const ask = (address: string) => shop.client.get('/things/newest', { ...from(address), token: 'user' });
      expect((await ask('192.0.2.1')).headers['ratelimit-policy']).to.equal(
        '"default";q=2;w=60, "user";q=2;w=60',
      );
      expect((await ask('192.0.2.2')).status).to.equal(200);
      const refused = await ask('192.0.2.3');
      expect(refused.status).to.equal(429);
      expect(refused.body['violated-policies']).to.deep.equal(['user']);
    });

    it('Rate limits do not apply to the platform’s probes', async () => {
      await start(1);
      for (const path of ['/livez', '/readyz', '/metrics']) {
        expect(await times(3, () => get(path)), path).to.deep.equal([200, 200, 200]);
        expect((await get(path)).headers, path).not.to.have.property('ratelimit');
      }
    });

    it('Rate limits can be read by scripts on other origins, and do not count their preflights', async () => {
      await start(1);
      const origin = { Origin: 'https://shop.example', 'X-Forwarded-For': '192.0.2.1' };
      const preflight = { ...origin, 'Access-Control-Request-Method': 'GET' };
      await times(3, () => shop.client.options('/things', { headers: preflight }));
      expect((await shop.client.get('/things', { headers: origin })).status).to.equal(200);
      const refused = await shop.client.get('/things', { headers: origin });
      expect(refused.status).to.equal(429);
      expect(refused.headers['access-control-allow-origin']).to.equal('https://shop.example');
      expect(refused.headers['access-control-expose-headers']).to.contain(
        'RateLimit,RateLimit-Policy,Retry-After',
      );
    });

    describe('by cost', () => {
      const left = ({ headers }: Received): readonly number[] =>
        [...(headers['ratelimit'] ?? '').matchAll(/r=(\d+)/g)].map(([, remaining]) => Number(remaining));
      const signedIn = (path: string, address = '192.0.2.1') =>
        shop.client.get(path, { ...from(address), token: 'user' });

      for (const [path, cost] of [
        ['/things/newest', 1],
        ['/dump', 20],
        ['/heap', 1],
        ['/heap?limit=1', 1],
        ['/heap?limit=20', 1],
        ['/heap?limit=21', 2],
        ['/heap?limit=100', 5],
        ['/heap?q=lamp', 10],
        ['/heap?q=lamp&limit=100', 14],
        ['/heap?inStock=true', 2],
        ['/heap?inStock=false', 2],
      ] as const) {
        it(`Rate limits by cost count GET ${path} as ${String(cost)}, by address and by user`, async () => {
          await start(100);
          const counted = await signedIn(path);
          expect(counted.status).to.equal(200);
          expect(left(counted)).to.deep.equal([100 - cost, 100 - cost]);
          expect(left(await get('/nowhere'))).to.deep.equal([99 - cost]);
        });
      }

      it('Rate limits by cost refuse a request that costs more than is left, and those that follow', async () => {
        await start(12);
        for (const expected of [200, 200, 429]) {
          const { status } = await get('/things?limit=100');
          expect(status).to.equal(expected);
        }
        const refused = await get('/things');
        expect([refused.status, refused.body.code, left(refused)]).to.deep.equal([429, 'rate_limited', [0]]);
        expect(refused.headers).to.have.property('retry-after');
      });

      it('Rate limits by cost use up one request of an address, and no more, for a user who has nothing left', async () => {
        await start(30);
        expect((await signedIn('/dump')).status).to.equal(200);
        expect((await signedIn('/dump', '192.0.2.2')).status).to.equal(429);
        expect(left(await get('/nowhere', '192.0.2.2'))).to.deep.equal([28]);
      });

      it('Rate limits by cost serve a request that costs more than the whole limit, and then nothing', async () => {
        await start(10);
        expect((await signedIn('/dump')).status).to.equal(200);
        expect((await signedIn('/things/newest')).status).to.equal(429);
      });

      it('Rate limits by cost count a request that can’t be read as one', async () => {
        await start(100);
        expect((await get('/things?limit=1000')).status).to.equal(400);
        expect(left(await get('/nowhere'))).to.deep.equal([98]);
      });

      it('Rate limits by cost are in the documentation', async () => {
        await start();
        const told = (path: string) => shop.app.openApi.paths[path]?.['get']?.['description'];
        expect(told('/dump')).to.equal('Counts under the rate limits as 20 requests.');
        expect(told('/heap')).to.equal(
          'Counts under the rate limits as one request for every 20 items of `limit`. `q` adds 9, `inStock` adds 1.',
        );
        expect(told('/things/newest')).to.equal(undefined);
      });
    });

    it('Rate limits give stores neither addresses nor names', async () => {
      await start();
      await tryDoor('ada@shop.test', 'wrong');
      await tryDoor('ada@shop.test', 'right');
      expect(seen).to.have.length.greaterThan(6);
      for (const caller of seen) expect(caller).to.match(/^[0-9a-f]{64}$/);
    });

    it('Rate limits store keys that cannot be guessed without the secret', async () => {
      const keysOf = async (): Promise<readonly string[]> => {
        await start();
        await tryDoor('ada@shop.test', 'wrong');
        return seen;
      };
      const keys = await keysOf();
      await shop.server.close();
      expect(keys).to.have.length.greaterThan(3);
      const others = await keysOf();
      expect(others).to.have.length(keys.length);
      expect(others.filter((key) => keys.includes(key))).to.deep.equal([]);
    });
  });

  describe('of a row', () => {
    beforeEach(() => start());

    it('A route’s own rate limits refuse what comes after too many failures at one account from one address', async () => {
      expect(await times(4, () => tryDoor('ada', 'wrong'))).to.deep.equal([401, 401, 401, 429]);
      const refused = await tryDoor('ada', 'right');
      expect(refused.status).to.equal(429);
      expect(refused.body['violated-policies']).to.deep.equal(['door-account']);
      expect((await tryDoor('bob', 'right')).status).to.equal(204);
      expect((await tryDoor('ada', 'right', '192.0.2.2')).status).to.equal(204);
    });

    it('A route’s own rate limits refuse an address that tries one account after the other', async () => {
      const statuses = await times(7, (time) => tryDoor(`account ${String(time)}`, 'wrong'));
      expect(statuses).to.deep.equal([401, 401, 401, 401, 401, 401, 429]);
      expect((await tryDoor('bob', 'right', '192.0.2.2')).status).to.equal(204);
    });

    it('A route’s own rate limits refuse an account that is tried from one address after the other', async () => {
      const statuses = await times(6, (time) => tryDoor('ada', 'wrong', `192.0.2.${String(time)}`));
      expect(statuses).to.deep.equal([401, 401, 401, 401, 401, 429]);
    });

    it('A route’s own rate limits lock no user out of a place where the account is known', async () => {
      await times(6, (time) => tryDoor('ada', 'wrong', `192.0.2.${String(time)}`));
      expect((await tryDoor('ada', 'right', '198.51.100.8')).status, 'a new place').to.equal(429);
      const known = { known: true };
      expect((await tryDoor('ada', 'right', '198.51.100.7', known)).status).to.equal(204);
      const there = await times(4, () => tryDoor('ada', 'wrong', '198.51.100.7', known));
      expect(there, 'held to the tight limit all the same').to.deep.equal([401, 401, 401, 429]);
    });

    it('A route’s own rate limits are not used up elsewhere by what fails at a place where the account is known', async () => {
      await times(6, (time) => tryDoor('ada', 'wrong', `192.0.2.${String(time)}`, { known: true }));
      expect((await tryDoor('ada', 'right', '198.51.100.8')).status).to.equal(204);
    });

    it('A route’s own rate limits count two names of one account together, and refuse a right guess as a wrong one when they are used up', async () => {
      const one = { identity: 'user 1' };
      const tries = [
        await tryDoor('ada', 'wrong', '192.0.2.1', one),
        await tryDoor('ada', 'wrong', '192.0.2.1', one),
      ];
      tries.push(await tryDoor('ada@shop.test', 'wrong', '192.0.2.1', one));
      expect(tries.map(({ status }) => status)).to.deep.equal([401, 401, 401]);
      for (const name of ['ada', 'ada@shop.test'])
        expect((await tryDoor(name, 'right', '192.0.2.1', one)).status, name).to.equal(401);
      expect((await tryDoor('ada', 'right', '192.0.2.2', one)).status, 'from elsewhere').to.equal(204);
      expect((await tryDoor('bob', 'right', '192.0.2.1', { identity: 'user 2' })).status).to.equal(204);
    });

    it('A route’s own rate limits count two names of one account together from everywhere, except where it is known', async () => {
      const one = { identity: 'user 1' };
      const guess = (time: number) =>
        tryDoor(time % 2 === 0 ? 'ada' : 'ada@shop.test', 'wrong', `192.0.2.${String(time)}`, one);
      expect(await times(5, guess)).to.deep.equal(Array(5).fill(401));
      expect((await tryDoor('ada', 'right', '198.51.100.8', one)).status).to.equal(401);
      expect((await tryDoor('ada', 'right', '198.51.100.7', { ...one, known: true })).status).to.equal(204);
    });

    it('A route’s own rate limits do not lock an account because of one address’s refused guesses', async () => {
      const one = { identity: 'user 1' };
      // Three of each name get there; what the address guesses beyond three of the account can't be right.
      for (const name of ['ada', 'ada@shop.test'])
        await times(3, () => tryDoor(name, 'wrong', '192.0.2.1', one));
      expect((await tryDoor('ada', 'wrong', '192.0.2.2', one)).status).to.equal(401);
      expect((await tryDoor('ada', 'right', '192.0.2.3', one)).status).to.equal(204);
    });

    it('A route’s own rate limits show the same for two names, whether they are one account or two', async () => {
      const seen = async (identities: readonly [string, string], address: string) => {
        const answers: Received[] = [];
        for (let time = 0; time < 9; time += 1) {
          const [name, identity] = time % 2 === 0 ? ['ada', identities[0]] : ['bob', identities[1]];
          answers.push(await tryDoor(`${name} at ${address}`, 'wrong', address, { identity }));
        }
        return answers.map(({ status, headers, body }) => ({
          status,
          limits: headers['ratelimit']?.replaceAll(/;t=\d+/g, ''),
          policies: headers['ratelimit-policy'],
          violated: body['violated-policies'] as unknown,
        }));
      };
      const one = await seen(['user 1', 'user 1'], '192.0.2.1');
      expect(one).to.deep.equal(await seen(['user 2', 'user 3'], '192.0.2.2'));
      expect(one.at(-1)?.status).to.equal(429);
    });

    it('A route’s own rate limits are not used up in an account’s name by one address that is refused already', async () => {
      await times(20, () => tryDoor('ada', 'wrong'));
      expect((await tryDoor('ada', 'right', '192.0.2.2')).status).to.equal(204);
    });

    it('A route’s own rate limits count no success, no outage and no bug', async () => {
      for (const [outcome, status] of [
        ['right', 204],
        ['outage', 503],
        ['bug', 500],
      ] as const)
        expect(await times(8, () => tryDoor('ada', outcome))).to.deep.equal(Array(8).fill(status));
    });

    it('A route’s own rate limits give nothing back to the window after the one in which it was counted', async () => {
      await shop.server.close();
      const counter = processCounter();
      const given: number[] = [];
      const ending: RateCounter = {
        ...counter,
        add: async (quota, caller, points) => {
          given.push(points);
          return { ...(await counter.add(quota, caller, points)), resetMs: 0 };
        },
      };
      shop = await startPlanted({
        extra: [knock('/door', LIMIT)],
        counters: { secret: createSecretKey(randomBytes(32)), general: counter, tight: ending },
        config: { trustProxy: 1 },
      });
      expect((await tryDoor('ada', 'right')).status).to.equal(204);
      expect(given).not.to.have.length(0);
      expect(given.filter((points) => points < 0)).to.deep.equal([]);
    });

    it('A route’s own rate limits let no more through when all come at once', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => tryDoor('ada', 'wrong')));
      expect(all.filter(({ status }) => status === 401)).to.have.length(3);
    });

    it('A route’s own rate limits count every attempt where they are declared so', async () => {
      const statuses = await times(4, () => tryDoor('ada', 'right', '192.0.2.1', { path: '/gate' }));
      expect(statuses).to.deep.equal([204, 204, 204, 429]);
    });

    it('A route’s own rate limits do not count what can’t be read', async () => {
      const statuses = await times(8, () => shop.client.post('/door', { json: { account: 'ada' } }));
      expect(statuses).to.deep.equal(Array(8).fill(422));
    });

    it('A route’s own rate limits are shown next to the general ones, except for what others have left of them', async () => {
      const { headers } = await tryDoor('ada', 'wrong');
      expect(headers['ratelimit-policy']).to.equal(
        '"default";q=1000;w=60, "door";q=6;w=60, "door-account";q=3;w=60',
      );
      expect(remaining({ headers })).to.equal('"default";r=999, "door";r=5, "door-account";r=2');
      expect((await tryDoor('ada', 'right')).headers['ratelimit']).to.match(/"door-account";r=2/);
    });
  });

  describe('of effort', () => {
    beforeEach(() => start());

    it('Limits of effort count what succeeds, by account and address', async () => {
      expect(await times(5, () => grind())).to.deep.equal([204, 204, 204, 204, 429]);
      const refused = await grind();
      expect(refused.body['violated-policies']).to.deep.equal(['grain-account']);
      expect((await grind({ account: 'bob' })).status).to.equal(204);
      expect((await grind({}, '192.0.2.2')).status).to.equal(204);
    });

    it('Limits of effort count by address, whatever the account', async () => {
      const statuses = await times(7, (time) => grind({ account: `account ${String(time)}` }));
      expect(statuses).to.deep.equal([204, 204, 204, 204, 204, 204, 429]);
      expect((await grind({ account: 'bob' })).body['violated-policies']).to.deep.equal(['grain']);
    });

    it('Limits of effort count what was taken rather than what was expected', async () => {
      expect((await grind({ expected: 3, taken: 0 })).headers['ratelimit']).to.match(/"grain";r=6;/);
      expect((await grind({ expected: 0, taken: 4 })).headers['ratelimit']).to.match(/"grain";r=2;/);
      expect((await grind()).status).to.equal(429);
      expect((await grind({ expected: 0, taken: 0 })).status, 'nothing is expected of it').to.equal(204);
    });

    it('Limits of effort count work that ended in an outage, and none for a request that is refused', async () => {
      const outages = await times(2, () => grind({ busy: true, taken: 2, expected: 2 }));
      expect(outages).to.deep.equal([503, 503]);
      expect(await times(9, () => grind())).to.deep.equal(Array(9).fill(429));
      const { status, headers } = await grind({ account: 'bob' });
      expect([status, remaining({ headers })]).to.deep.equal([
        204,
        '"default";r=988, "mill";r=1, "grain";r=1',
      ]);
    });

    it('Limits of effort let no more through when all come at once', async () => {
      // The first body loads the parser; the others would wait for it, go on in one turn and meet the limit of refusals.
      await grind({ expected: 0, taken: 0 });
      const all = await Promise.all(Array.from({ length: 20 }, () => grind()));
      expect(all.filter(({ status }) => status === 204)).to.have.length(4);
    });

    it('Limits of effort do not count as refusals of the route', async () => {
      expect(await times(6, () => grind())).to.deep.equal([204, 204, 204, 204, 429, 429]);
      expect((await grind({ account: 'bob' })).status, 'the row allows one refusal').to.equal(204);
    });

    it('Limits of effort do not show what others have left of an account', async () => {
      expect((await grind()).headers['ratelimit-policy']).not.to.include('grain-account');
    });
  });
});
