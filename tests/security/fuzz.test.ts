import { expect } from 'chai';
import fc from 'fast-check';
import type { Route } from '#src/platform/http/routes/route.js';
import { makeKey } from '../support/api-keys.js';
import type { Received, RequestOptions } from '../support/http-client.js';
import { stock } from '../support/operations.js';
import { forEachShape, testShop, type ShopUnderTest } from '../support/test-shop.js';
import { kindOf, requests, type Hole, type Request } from './arbitraries.js';

const { FUZZ_SEED = '2017', FUZZ_RUNS = '5000' } = process.env;

/** A sequence has one to so many requests. */
const LONGEST = 200;

/** What the only administrator must not do in a sequence that is to go on. */
const ENDING = new Set(['logOut', 'logOutEverywhere', 'eraseMe', 'changePassword', 'changeMe']);

/** What responses have named so far, by its use. */
type Pool = Map<string, string[]>;

const know = (pool: Pool, kind: string, value: unknown): void => {
  if (typeof value === 'string' && value !== '')
    pool.set(kind, [...(pool.get(kind) ?? []), value].slice(-50));
};

/** Collects every id in a response but one, by the type of its resource, and every text that some field needs. */
const harvest = (pool: Pool, kind: string, value: unknown, except: string): void => {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (member !== except) know(pool, name === 'id' ? kind : name, member);
    harvest(pool, name === 'user' ? 'users' : kind, member, except);
  }
};

const isHole = (value: unknown): value is Hole =>
  typeof value === 'object' && value !== null && 'hole' in value;

const fill = (value: unknown, pool: Pool): unknown => {
  if (isHole(value)) {
    const known = pool.get(value.hole) ?? [];
    return known.at(-1 - (value.pick % Math.max(1, known.length))) ?? value.otherwise;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, pool));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, fill(member, pool)]));
};

const text = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();

const quote = (argument: string): string => `'${argument.replaceAll("'", `'\\''`)}'`;

/** Returns the request as a command that repeats it. */
const curl = (url: string, method: string, { token, json, raw, headers }: RequestOptions): string => {
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const fields = {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...headers,
  };
  const flags = Object.entries(fields).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  const data = body === undefined ? [] : [`--data-binary ${quote(String(body))}`];
  return ['curl --path-as-is -i -X', method.toUpperCase(), quote(url), ...flags, ...data].join(' ');
};

/** Plays requests on a shop, each with what earlier responses have named. */
const player = async (shop: ShopUnderTest) => {
  const stocked = await stock(shop);
  const rows = new Map(shop.shop.http.table.map((row) => [row.operationId, row]));
  const pool: Pool = new Map();
  // An administrator who has promoted another one may disable themselves, and then none could come back.
  const administrator = (await shop.get('/auth/me', { token: shop.adminToken })).body.id as string;
  const { ada, productId, categoryId, addressId, orderId, mailed } = stocked;
  for (const [kind, value] of Object.entries({
    ...{ users: ada.id, products: productId, categories: categoryId, addresses: addressId, orders: orderId },
    ...{
      sessions: stocked.sessionId,
      'api-keys': stocked.apiKeyId,
      cancellations: stocked.bulkCancellationId,
    },
    ...{ webhooks: stocked.webhookId, eventId: stocked.webhookEventId, imports: stocked.importId },
    ...{ email: ada.email, password: ada.password, refreshToken: ada.refreshToken },
  }))
    know(pool, kind, value);
  for (const token of Object.values(mailed)) know(pool, 'token', token);

  let [adminToken, token, key] = [shop.adminToken, ada.token, (await makeKey(shop)).secret];
  const tokenOf = ({ caller, operationId }: Request): string | undefined =>
    ({
      admin: ENDING.has(operationId) ? token : adminToken,
      ada: token,
      key,
      latest: pool.get('accessToken')?.at(-1) ?? token,
      stranger: 'x.y.z',
      nobody: undefined,
    })[caller];

  /** Who has been logged out comes back, or the rest of the sequence would be refusals. */
  const comeBack = async ({ caller }: Request): Promise<void> => {
    const { email, password } = shop.shop.administrator;
    if (caller === 'admin') adminToken = (await shop.logIn(email, password)).token;
    if (caller === 'ada') ({ token } = await shop.signUp());
    if (caller === 'key') key = (await makeKey(shop)).secret;
  };

  const pathOf = (row: Route, { params, query }: Request): string => {
    const filled = params.map((param) => encodeURIComponent(text(fill(param, pool))));
    let at = 0;
    const path = row.path.replaceAll(/:\w+/g, () => filled[at++] ?? '');
    const pairs = Object.entries(fill(query, pool) as object).map(
      ([name, value]) => `${name}=${encodeURIComponent(text(value))}`,
    );
    return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  };

  const sent: string[] = [];
  return async (request: Request): Promise<Received> => {
    const row = rows.get(request.operationId) ?? expect.fail(request.operationId);
    const path = pathOf(row, request);
    const bearer = tokenOf(request);
    const options: RequestOptions = {
      ...(bearer !== undefined && { token: bearer }),
      ...(fill(request.body ?? {}, pool) as RequestOptions),
      headers: fill(request.headers, pool) as Record<string, string>,
    };
    sent.push(curl(`${shop.baseUrl}${path}`, row.method, options));
    try {
      const answer = await shop[row.method](path, options); // which holds it against the document
      expect(answer.status, JSON.stringify(answer.body)).to.be.lessThan(500);
      if (answer.status === 401) await comeBack(request);
      if (answer.status < 300 && row.tag !== 'Operators') {
        harvest(pool, kindOf(row.path), answer.body, administrator);
        know(pool, 'etag', answer.headers['etag']);
      }
      return answer;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n\n${sent.join('\n')}`, { cause: error });
    }
  };
};

describe('Requests generated from the OpenAPI document', () => {
  forEachShape((shape, open) => {
    const isWhole = shape === 'one process';
    /** Five services have the same routes: what is new is how requests pass between them. */
    const wanted = Math.ceil(Number(FUZZ_RUNS) * (isWhole ? 1 : 0.1));

    it('Requests generated from the OpenAPI document get documented responses, none of them a 5xx, one after another on a shop that lives on', async function () {
      this.timeout(600_000 + wanted * 100);
      const model = await testShop();
      await model.close();
      const { table, openApi } = model.shop.http;
      const statuses = new Map<number, number>();
      const succeeded = new Set<string>();
      const sequences = fc.array(requests(table, openApi), { minLength: 1, maxLength: LONGEST, size: 'max' });
      const property = fc.asyncProperty(sequences, async (sequence) => {
        const shop = await open();
        try {
          const play = await player(shop);
          for (const request of sequence) {
            const { status } = await play(request);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status < 300) succeeded.add(request.operationId);
          }
          for (const path of ['/livez', '/readyz', '/products'])
            expect((await shop.get(path)).status, path).to.equal(200);
        } finally {
          await shop.close();
        }
      });
      let sent = 0;
      // How long the sequences of a seed are is only known afterwards.
      for (let seed = Number(FUZZ_SEED); sent < wanted; seed += 1) {
        const numRuns = Math.ceil((wanted - sent) / (LONGEST / 2));
        const { failed, errorInstance } = await fc.check(property, { seed, numRuns });
        if (failed) {
          const found = errorInstance instanceof Error ? (errorInstance.stack ?? '') : '';
          expect.fail(
            `FUZZ_SEED=${FUZZ_SEED} FUZZ_RUNS=${FUZZ_RUNS} finds, as briefly as can be:\n\n${found}`,
          );
        }
        sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
      }
      const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
      console.log(`\nThe shop as ${shape}, seed ${FUZZ_SEED}: ${sent} requests, ${counts.join(', ')}\n`);
      if (!isWhole) return; // too few to get through to most calls
      const never = table.map(({ operationId }) => operationId).filter((id) => !succeeded.has(id));
      expect(never.length, `calls that no request got through to: ${never.join(', ')}`).to.be.below(
        table.length / 10,
      );
    });
  });
});
