import { expect } from 'chai';
import { expectedCalls } from '../security/access-matrix.js';
import { setStage, type Stage } from '../security/stage.js';
import { newId } from '../support/builders/ids.js';
import { eventually } from '../support/eventually.js';
import type { Received, RequestOptions } from '../support/http-client.js';
import type { Operation } from '../support/operations.js';
import { testServiceShop, testShop, type ShopUnderTest } from '../support/test-shop.js';

// The same requests to a shop in one process and to one as five services: what they respond has to be the same.

/** Lists with what five services show when an event has arrived, and one process at once: see docs/services.md. */
const LATER = ['/audit-log', '/customers', '/products'];

/** Responses that tell of the process or of the moment, so that only status and headers are compared. */
const OF_THE_MOMENT = ['getMetrics'];

/** Headers that differ from one response to the next. */
const INCIDENTAL = ['date', 'x-request-id', 'content-length'];

/** Puts a word in the place of what no two shops share: ids, times, tokens, cursors, and the numbers in the names of the tests' things. */
const normal = (told: unknown): unknown =>
  JSON.parse(
    JSON.stringify(told ?? null)
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
      .replaceAll(/"number":"[\w-]{9}"/g, '"number":"text"')
      .replaceAll(/"(accessToken|refreshToken|nextCursor|secret|prefix)":"[^"]+"/g, '"$1":"text"')
      .replaceAll(/"addressHash":(?:"[^"]+"|null)/g, '"addressHash":"text"') // see the last test
      .replaceAll(/"\\"(\d+)\.[0-9a-f]{16}\\""/g, '"version $1"') // whose digest is of ids
      .replaceAll(/after=[\w-]+/g, 'after=cursor')
      .replaceAll(/\b(ada|eve)-\d+@/g, '$1@')
      .replaceAll(/\b(Kitchen|Garden|Bathroom) \d+/g, '$1'),
  );

const toldBy = (call: string, { status, headers, body }: Received): unknown => {
  const shown = Object.entries(headers).filter(([name]) => !INCIDENTAL.includes(name));
  const told = normal({ status, headers: Object.fromEntries(shown), body: body as unknown }) as {
    readonly body: { readonly items?: readonly unknown[] };
  };
  if (OF_THE_MOMENT.includes(call)) return { ...told, body: null };
  // In the order in which profiles were created: who is on a page may differ, and not how many.
  return call === 'listCustomers' && status === 200
    ? { ...told, body: { ...told.body, items: told.body.items?.length } }
    : told;
};

/** A request, but for the ids of the shop to which it goes. */
type Ask = RequestOptions & {
  readonly query?: string;
  /** The path with the id of nothing. */
  readonly isOfNothing?: true;
  /** Of whom; the caller whom the operation is for by default. */
  readonly as?: 'nobody' | 'customer';
};

const send = (shop: ShopUnderTest, { owner }: Stage, operation: Operation, ask: Ask): Promise<Received> => {
  const { query = '', isOfNothing, as, ...options } = ask;
  const { row, call } = operation;
  const path = (isOfNothing ? row.path.replace(/:\w+/, newId()) : operation.path) + query;
  if (as === 'nobody') return shop[row.method](path, options);
  return call({ path, ...options, ...(as === 'customer' && { token: owner.token }) });
};

/** Requests that are refused, and reads; none of them changes what the next one meets. */
const harmless = (
  { row, body }: Operation,
  documented: readonly string[],
): readonly (readonly [string, Ask])[] => {
  const json = row.body === undefined ? {} : { json: body };
  const isKeyed = row.method === 'post' && row.access !== 'anyone';
  const asks: readonly (readonly [string, Ask | false])[] = [
    ['no token', row.access !== 'anyone' && { ...json, as: 'nobody' }],
    ['a bad token', row.access !== 'anyone' && { ...json, token: 'x.y.z' }],
    ['a customer', row.access === 'admin' && { ...json, as: 'customer' }],
    ['an unknown parameter', { ...json, query: '?colour=red' }],
    ['the id of nothing', row.params !== undefined && { ...json, isOfNothing: true }],
    [
      'a version that is not there',
      documented.includes('412') && { ...json, headers: { 'If-Match': '"999"' } },
    ],
    ['no version', documented.includes('412') && { ...json, headers: { 'If-Match': 'x' } }],
    ['an empty key', isKeyed && { ...json, headers: { 'Idempotency-Key': '' } }],
    ['a long key', isKeyed && { ...json, headers: { 'Idempotency-Key': 'k'.repeat(256) } }],
    ['half a body', row.body !== undefined && { raw: '{' }],
    ['a list for a body', row.body !== undefined && { json: [] }],
    ['an unknown field', row.body !== undefined && { json: { ...body, colour: 'red' } }],
    ['a text', row.body !== undefined && { raw: 'red', headers: { 'Content-Type': 'text/plain' } }],
    ['a large body', row.body !== undefined && { json: { ...body, colour: 'x'.repeat(200_000) } }],
    ['a read', row.method === 'get' && {}],
    ['a conditional read', row.method === 'get' && { headers: { 'If-None-Match': '*' } }],
    ['a short page', row.method === 'get' && { query: '?limit=1' }],
    ['a page without an item', row.method === 'get' && { query: '?limit=0' }],
    ['a page after nothing', row.method === 'get' && { query: '?after=x' }],
  ];
  return asks.filter((each): each is readonly [string, Ask] => each[1] !== false);
};

/** A write, and the same again: with a key first, then without. */
const writing = ({ row, body }: Operation): readonly (readonly [string, Ask])[] => {
  const json = row.body === undefined ? {} : { json: body };
  if (row.method !== 'post' || row.access === 'anyone')
    return [
      ['a write', json],
      ['the same again', json],
    ];
  const keyed = { ...json, headers: { 'Idempotency-Key': `a key of ${row.operationId}` } };
  return [
    ['a write with a key', keyed],
    ['the same again', keyed],
    [
      'another one with its key',
      { ...keyed, query: '', ...(row.body !== undefined && { json: { ...body, name: 'Other' } }) },
    ],
    ['one without a key', json],
  ];
};

describe('A shop as five services', () => {
  let shapes: readonly { readonly shop: ShopUnderTest; readonly stage: Stage }[];
  before(async () => {
    const shops = [await testShop(), await testServiceShop()];
    shapes = await Promise.all(shops.map(async (shop) => ({ shop, stage: await setStage(shop) })));
  });
  after(() => Promise.all(shapes.map(({ shop }) => shop.close())));

  /** What has happened has arrived where it is shown. */
  const settle = async (): Promise<void> => {
    const lists = () =>
      Promise.all(
        shapes.map(({ shop }) =>
          Promise.all(
            LATER.map(async (path) => {
              const { body } = await shop.get(`${path}?limit=100`, { token: shop.adminToken });
              const { items } = normal(body) as { readonly items: readonly unknown[] };
              const texts = items.map((item) => JSON.stringify(item));
              return path === '/customers' ? texts.sort() : texts; // services list them as their profiles were created
            }),
          ),
        ),
      );
    await eventually(async () => {
      const [whole, split] = await lists();
      return JSON.stringify(split) === JSON.stringify(whole);
    }, 'the events of services').catch(async () => {
      const [whole, split] = await lists();
      expect(split).to.deep.equal(whole);
    });
  };

  for (const call of expectedCalls)
    it(`A shop as five services responds as one process does at ${call}`, async () => {
      const compare = async (
        asks: (operation: Operation) => readonly (readonly [string, Ask])[],
        stages: readonly Stage[],
      ): Promise<void> => {
        const [whole, split] = shapes.map(({ shop }, index) => {
          const stage = stages[index] ?? expect.fail('a stage for each shop');
          const operation = stage.operation(call);
          return {
            asks: asks(operation),
            told: async (ask: Ask) => toldBy(call, await send(shop, stage, operation, ask)),
          };
        });
        if (whole === undefined || split === undefined) throw new Error('two shapes');
        for (const [index, [name, ask]] of whole.asks.entries()) {
          const expected = await whole.told(ask);
          expect(await split.told(split.asks[index]?.[1] ?? {}), name).to.deep.equal(expected);
        }
      };

      const { row } = shapes[0]?.stage.operation(call) ?? expect.fail('a stage');
      const { openApi } = shapes[0]?.shop.shop.http ?? expect.fail('a shop');
      const { responses } =
        openApi.paths[row.path.replaceAll(/:(\w+)/g, '{$1}')]?.[row.method] ?? expect.fail();
      await settle();
      await compare(
        (operation) => harmless(operation, Object.keys(responses)),
        shapes.map(({ stage }) => stage),
      );
      if (row.method === 'get') return;
      await compare(writing, await Promise.all(shapes.map(({ shop }) => setStage(shop))));
    });

  it('A shop as five services knows the hash of an address for the log-ins and accounts of its audit log, and for no entry of other services', async () => {
    await settle();
    const hashed = shapes.map(async ({ shop }) => {
      const { body } = await shop.get('/audit-log?limit=100', { token: shop.adminToken });
      const entries = body.items as readonly { readonly action: string; readonly addressHash: unknown }[];
      return (isOfUser: boolean) =>
        new Set(
          entries
            .filter(({ action }) => /^(?:user|api_key|webhook)\./.test(action) === isOfUser)
            .map(({ addressHash }) => addressHash !== null),
        );
    });
    const [whole, split] = await Promise.all(hashed);
    expect([whole?.(true), whole?.(false)]).to.deep.equal([new Set([true]), new Set([true])]);
    expect([split?.(true), split?.(false)]).to.deep.equal([new Set([true]), new Set([false])]);
  });
});
