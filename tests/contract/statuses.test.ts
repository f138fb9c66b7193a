import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SCOPES } from '#src/kernel/actor.js';
import { failWrite } from '#src/kernel/errors.js';
import type { Overrides } from '#src/main/container.js';
import { failDatabase } from '#src/platform/database/database-errors.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { OPERATOR_PATHS } from '#src/platform/http/operators/operators.js';
import type { Phase } from '#src/platform/http/operators/health.js';
import { makeKey } from '../support/api-keys.js';
import { newId } from '../support/builders/ids.js';
import type { Received, RequestOptions } from '../support/http-client.js';
import { operationsOf, stock, withValue, type Operation, type StockedShop } from '../support/operations.js';
import { forEachShape, type ShopUnderTest } from '../support/test-shop.js';

// Receives each status that the OpenAPI document declares, for each operation, from a listening shop: no status is declared that
// cannot happen, and none that no test receives. What leads to it in practice, races for example, is tried elsewhere.

/** One operation that is ready to be called, and the shop that it is called in. */
interface Call {
  readonly shop: ShopUnderTest;
  readonly stocked: StockedShop;
  readonly operation: Operation;
  /** Calls it with a valid body, unless the options say otherwise. */
  readonly send: (options?: RequestOptions & { readonly path?: string }) => Promise<Received>;
  /** Does something in the next authenticated request, between the check of its token and the work. */
  readonly meanwhile: (act: () => Promise<unknown>) => void;
}

type Produce = (call: Call) => Promise<Received>;

const statusesOf = ({ paths }: OpenApiDocument): ReadonlyMap<string, readonly number[]> =>
  new Map(
    Object.values(paths).flatMap((item) =>
      Object.values(item).map(({ operationId, responses }) => [
        operationId,
        Object.keys(responses).map(Number),
      ]),
    ),
  );

const declaredStatuses = () =>
  statusesOf(JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenApiDocument);

const valid: Produce = ({ send }) => send();

/** With ids of nothing in the path. */
const toNothing: Produce = ({ operation, send }) =>
  send({ path: operation.row.path.replaceAll(/:\w+/g, () => newId()) });

/** The caller is erased between the check of the token and the work. */
const erased: Produce = async ({ shop, stocked, send, meanwhile }) => {
  const token = await shop.newAdminToken();
  meanwhile(() => shop.delete(`/customers/${stocked.ada.id}`, { token }));
  return send();
};

const withoutScope: Produce = async ({ shop, operation, send }) => {
  const scopes = SCOPES.filter((scope) => scope !== operation.row.scope);
  return send({ token: (await makeKey(shop, scopes)).secret });
};

const unchanged: Produce = async ({ send }) => {
  const { headers } = await send();
  return send({ headers: { 'If-None-Match': String(headers['etag']) } });
};

/** With the key of an earlier request, which had another id. */
const reusedKey: Produce = async ({ operation, send }) => {
  const headers = { 'Idempotency-Key': newId() };
  const first = await send({ headers });
  expect(first.status, JSON.stringify(first.body)).to.be.lessThan(300);
  return send({ headers, path: operation.row.path.replaceAll(/:\w+/g, () => newId()) });
};

const withUnknownField: Produce = (call) =>
  call.operation.row.body === undefined
    ? reusedKey(call)
    : call.send({ json: withValue(call.operation.body, ['nothing'], 1) });

const withWrong =
  (...path: readonly string[]): Produce =>
  ({ operation, send }) =>
    send({ json: withValue(operation.body, path, 'a wrong one') });

/** While an order of the customer is confirmed. */
const withOpenOrder: Produce = async ({ shop, stocked, send }) => {
  const json = { status: 'confirmed' };
  const { status } = await shop.patch(`/orders/${stocked.orderId}`, { token: shop.adminToken, json });
  expect(status).to.equal(200);
  return send();
};

/** What leads to a status of most operations. */
const USUAL: Readonly<Record<number, Produce>> = {
  200: valid,
  201: valid,
  202: valid,
  204: valid,
  304: unchanged,
  400: ({ operation, send }) => send({ path: `${operation.path}?nothing=1` }),
  401: ({ send }) => send({ token: 'of nobody' }),
  403: withoutScope,
  404: toNothing,
  412: ({ send }) => send({ headers: { 'If-Match': '"of nothing"' } }),
  413: ({ send }) => send({ json: { text: 'x'.repeat(200_000) } }),
  415: ({ send }) => send({ raw: 'x', headers: { 'Content-Type': 'text/plain' } }),
  422: withUnknownField,
};

/** What leads to it where that does not. */
const OTHERS: Readonly<Record<string, Readonly<Record<number, Produce>>>> = {
  logIn: { 401: withWrong('password') },
  refreshSession: { 401: withWrong('refreshToken') },
  confirmPasswordReset: { 401: withWrong('token') },
  verifyEmail: { 401: withWrong('token') },
  deleteCategory: {
    204: async ({ shop, send, stocked }) => {
      const { body } = await shop.get('/categories');
      const empty = (body.items as { id: string }[]).find(({ id }) => id !== stocked.categoryId);
      return send({ path: `/categories/${empty?.id ?? ''}` });
    },
  },
  ...Object.fromEntries(
    ['requestEmailVerification', 'getMe', 'changeMe', 'changePassword', 'getMyProfile', 'changeMyProfile']
      .concat(['exportMyData', 'listMyAddresses', 'addMyAddress', 'clearCart'])
      .concat(['placeOrder', 'placeOrderShort'])
      .map((operationId) => [operationId, { 404: erased }]),
  ),
  // As services, these write in another process first, whose refusal would be a 503.
  createCustomer: { 409: ({ stocked, send }) => send({ json: { name: 'Eve', email: stocked.ada.email } }) },
  eraseCustomer: { 409: withOpenOrder },
  eraseMe: { 404: erased, 409: withOpenOrder },
  addToCart: { 404: ({ send }) => send({ json: { productId: newId() } }) },
  importProducts: { 422: ({ send }) => send({ raw: '' }) },
};

/** Phases in which a process refuses every request. */
const PHASES = { not_ready: 'starting', shutting_down: 'draining' } as const satisfies Record<string, Phase>;

/** What becomes of a command whose transaction cannot be done. */
const OF_TRANSACTIONS = {
  stale_write: () => failWrite('stale_write'),
  busy: () => failDatabase('busy'),
  database_unavailable: () => failDatabase('database_unavailable'),
  outcome_unknown: () => failDatabase('outcome_unknown'),
} as const;

/** Codes that a part gives to requests while it refuses: those of all operations, or of all commands, pass through it. */
type Refusal = 'internal_error' | 'rate_limited' | keyof typeof PHASES | keyof typeof OF_TRANSACTIONS;

const REFUSAL_OF_STATUS: Readonly<Record<number, Refusal>> = {
  409: 'stale_write',
  429: 'rate_limited',
  500: 'internal_error',
  503: 'not_ready',
};

/** Parts of a shop that can be made to refuse, and that let something happen in the middle of a request. */
const refusingParts = () => {
  let meanwhile: (() => Promise<unknown>) | null = null;
  let refusing: Refusal | null = null;
  const phaseNow = (): Phase | null =>
    refusing !== null && refusing in PHASES ? PHASES[refusing as keyof typeof PHASES] : null;
  const overrides: Overrides = {
    authenticate: (original) => {
      const authenticate = original();
      return async (token) => {
        const actor = await authenticate(token);
        const act = meanwhile;
        meanwhile = null;
        await act?.();
        return actor;
      };
    },
    health: (original) => {
      const health = original();
      return {
        ...health,
        phase: () => {
          if (refusing === 'internal_error') throw new Error('a planted bug');
          return phaseNow() ?? health.phase();
        },
        ready: () => (phaseNow() === null ? health.ready() : Promise.resolve(false)),
      };
    },
    counters: (original) => {
      const counters = original();
      if (counters === null) return null; // behind a gateway, which counts
      const { general, tight } = counters;
      return {
        ...counters,
        // This test signs up more people than one address may.
        tight: { ...tight, add: () => ({ used: 0, resetMs: 1_000 }) },
        general: {
          ...general,
          add: (quota, caller, points) =>
            refusing === 'rate_limited'
              ? { used: quota.most + 1, resetMs: 1_000 }
              : general.add(quota, caller, points),
        },
      };
    },
    transact: (original) => {
      const transact = original();
      return (work) => {
        if (refusing === null || !(refusing in OF_TRANSACTIONS)) return transact(work);
        return Promise.reject(OF_TRANSACTIONS[refusing as keyof typeof OF_TRANSACTIONS]());
      };
    },
  };
  return {
    overrides,
    meanwhile: (act: () => Promise<unknown>) => {
      meanwhile = act;
    },
    /** Lets a part refuse while something is done. */
    while: async <T>(refusal: Refusal, act: () => Promise<T>): Promise<T> => {
      refusing = refusal;
      try {
        return await act();
      } finally {
        refusing = null;
      }
    },
  };
};

forEachShape((shape, open) => {
  const parts = refusingParts();
  let shop: ShopUnderTest;
  before(async () => {
    shop = await open({
      overrides: parts.overrides,
      environment: { RATE_LIMITS: 'on', RATE_LIMIT_PER_MINUTE: '1000000' },
    });
  });
  after(() => shop.close());

  /** Things of the shop that no call has changed yet; null after one that may have. */
  let stocked: StockedShop | null = null;

  const call = async (operationId: string): Promise<Call> => {
    const things = (stocked ??= await stock(shop));
    const operations = operationsOf(shop, things);
    const operation = operations.find(({ row }) => row.operationId === operationId) ?? expect.fail();
    const send: Call['send'] = (options = {}) =>
      operation.call({
        ...(operation.row.body !== undefined && options.raw === undefined && { json: operation.body }),
        ...options,
      });
    return { shop, stocked: things, operation, send, meanwhile: parts.meanwhile };
  };

  const receive = async (operationId: string, status: number): Promise<Received> => {
    const ready = await call(operationId);
    const other = OTHERS[operationId]?.[status];
    const refusal = REFUSAL_OF_STATUS[status];
    if (other === undefined && refusal !== undefined) return parts.while(refusal, () => ready.send());
    const produce = other ?? USUAL[status] ?? expect.fail(`what leads to ${String(status)}?`);
    const answer = await produce(ready);
    const { method, body } = ready.operation.row;
    const changesNothing = method === 'get' || (status >= 400 && (status !== 422 || body !== undefined));
    if (other !== undefined || !changesNothing) stocked = null;
    return answer;
  };

  for (const [operationId, statuses] of declaredStatuses())
    it(`Each status that the OpenAPI document declares for ${operationId} can be received from ${shape}`, async () => {
      for (const status of statuses) {
        const answer = await receive(operationId, status);
        expect(answer.status, JSON.stringify(answer.body)).to.equal(status);
      }
    });

  for (const code of ['shutting_down', 'busy', 'database_unavailable', 'outcome_unknown'] as const)
    it(`The code ${code} can be received from each operation whose requests pass through what refuses them, from ${shape}`, async () => {
      const things = (stocked ??= await stock(shop));
      const all = operationsOf(shop, things).filter(({ row }) =>
        code === 'shutting_down' ? !OPERATOR_PATHS.has(row.path) : row.kind === 'command',
      );
      expect(all.length).to.be.greaterThan(40);
      for (const { row, call: send, body } of all) {
        const answer = await parts.while(code, () => send({ ...(row.body !== undefined && { json: body }) }));
        const expected = shape === 'services' && code !== 'shutting_down' ? [503] : [503, code];
        expect([answer.status, answer.body.code], row.operationId).to.include.members(expected);
      }
    });

  it('The OpenAPI document that is published declares what the shop declares', () => {
    expect([...statusesOf(shop.shop.http.openApi)]).to.deep.equal([...declaredStatuses()]);
  });
});
