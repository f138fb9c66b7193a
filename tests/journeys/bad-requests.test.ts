import { expect } from 'chai';
import { encodeCursor } from '#src/platform/http/lists/cursor.js';
import { newId } from '../support/builders/ids.js';
import {
  operationsOf,
  queryParameters,
  stock,
  type Operation,
  type QueryParameter,
  type StockedShop,
} from '../support/operations.js';
import { expectProblem } from '../support/shopping.js';
import { expectNothingWritten } from '../support/snapshot.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

const NO_IDS = ['1', 'teapot', `${newId()}0`, "' or 1=1 --", 'null', '\0', '😀'];

/** What is not acceptable in a query parameter of that type or format. */
const BAD_VALUES: Readonly<Record<string, readonly string[]>> = {
  uuid: NO_IDS,
  'date-time': ['today', '2026-02-30T00:00:00Z', '2026-01-01', '1e3'],
  integer: ['0', '101', '-1', '1.5', 'abc', '', '1e999', '0x10'],
  number: ['-1', '1.005', '1e308', 'NaN', ''],
  boolean: ['1', 'yes', ''],
};

const badValuesOf = ({ schema: { format, type } }: QueryParameter): readonly string[] => [
  ...(BAD_VALUES[format ?? String(type)] ?? []),
  '\0',
  'x\0y',
];

/** Keys that stand in no cursor of a list that is sorted by text, and of one that is sorted by numbers or times. */
const NO_TEXTS = [0, -1.5, 1e308];
const NO_NUMBERS = ['', 'teapot', '2026-01-01', '0', 'NaN', 1.5, 2 ** 53, 1e308];

forEachShop((_name, open) => {
  let shop: ShopUnderTest;
  let stocked: StockedShop;
  let operations: readonly Operation[];
  before(async () => {
    shop = await open();
    stocked = await stock(shop);
    operations = operationsOf(shop, stocked);
  });
  after(() => shop.close());

  const itWritesNothing = (title: string, act: () => Promise<void>): void => {
    it(`The shop ${title}, and writes nothing`, () => expectNothingWritten(shop, stocked.ada.token, act));
  };
  const reading = () => operations.filter(({ row }) => row.method === 'get');
  const parametersOf = ({ row }: Operation) => queryParameters(shop.shop.http.openApi, row);
  /** Of the GETs: tests/webhooks tries the cursors of a redelivery, which has a body too. */
  const lists = () =>
    operations.filter(
      (each) =>
        each.row.method === 'get' && parametersOf(each).some((parameter) => parameter.name === 'after'),
    );

  describe('given a bad path', () => {
    itWritesNothing('finds nothing by an id that is no UUID', async () => {
      for (const { row, body, call } of operations.filter(({ row: { params } }) => params !== undefined)) {
        for (const id of NO_IDS) {
          const path = row.path.replace(/:\w+/, encodeURIComponent(id));
          const answer = await call({ path, ...(row.body !== undefined && { json: body }) });
          const where = `${row.operationId} ${path}`;
          expect([answer.status, answer.body.code], where).to.deep.equal([404, 'not_found']);
        }
      }
    });

    itWritesNothing('refuses what can’t be decoded, in the query string too', async () => {
      for (const bad of ['%', '%zz', '%C3%28', '%ED%A0%80', '%FF', '%c0%80'])
        for (const path of [`/products/${bad}`, `/products?q=${bad}`, `/nowhere${bad}`])
          expectProblem(await shop.get(path), 400, 'malformed_request');
    });

    itWritesNothing('knows every path in one spelling only', async () => {
      for (const { row, path, body, call } of operations) {
        const others = [
          `${path}/`,
          `/${path}`,
          path.replace('/', '//x/'),
          path.toUpperCase(),
          `/x/..%2f${path}`,
        ];
        for (const other of others.filter((each) => each !== path)) {
          const answer = await call({ path: other, ...(row.body !== undefined && { json: body }) });
          const where = `${row.method} ${other}`;
          expect([answer.status, answer.body.code], where).to.deep.equal([404, 'not_found']);
        }
      }
    });

    itWritesNothing('names the methods of a path in the response to another one', async () => {
      let tried = 0;
      for (const [template, path] of new Map(operations.map((each) => [each.row.path, each.path]))) {
        const there: string[] = operations
          .filter(({ row }) => row.path === template)
          .map(({ row }) => row.method);
        const allowed = [...there, ...(there.includes('get') ? ['head'] : []), 'options'];
        const allow = [...new Set(allowed.map((method) => method.toUpperCase()))].sort().join(', ');
        for (const method of (['get', 'post', 'put', 'patch', 'delete'] as const).filter(
          (each) => !there.includes(each),
        )) {
          tried += 1;
          const answer = await shop[method](path, { token: shop.adminToken });
          expectProblem(answer, 405, 'method_not_allowed');
          expect(answer.headers['allow'], `${method} ${path}`).to.equal(allow);
        }
      }
      expect(tried).to.be.greaterThan(80);
    });

    it('responds to HEAD as it does to GET, without the body', async () => {
      for (const { path, row } of reading()) {
        const token = row.access === 'user' ? stocked.ada.token : shop.adminToken;
        const [get, head] = [await shop.get(path, { token }), await shop.head(path, { token })];
        const told = ({ status, headers }: typeof get) => [
          status,
          ...['etag', 'link', 'cache-control', 'content-type'].map((name) => headers[name]),
        ];
        expect(told(head), path).to.deep.equal(told(get));
        expect([get.status, head.body], path).to.deep.equal([200, undefined]);
      }
    });

    itWritesNothing('refuses URLs and header fields that are too large', async () => {
      const long = 'x'.repeat(9_000);
      expectProblem(await shop.get(`/products?q=${long}`), 400, 'invalid_query');
      expectProblem(await shop.get(`/products?after=${long}`), 400, 'invalid_query');
      expectProblem(await shop.get(`/products/${long}`), 404, 'not_found');
      expectProblem(await shop.get(`/${'/'.repeat(9_000)}`), 404, 'not_found');
      for (const [path, headers] of [
        [`/products?q=${'x'.repeat(20_000)}`, {}],
        ['/products', { 'X-Long': 'x'.repeat(20_000) }],
      ] as const) {
        // No operation documents it: the request never gets as far as one.
        const response = await fetch(`${shop.baseUrl}${path}`, { headers });
        const problem = (await response.json()) as { code: string };
        expect([response.status, problem.code]).to.deep.equal([431, 'headers_too_large']);
        expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/);
      }
    });
  });

  describe('given a bad query', () => {
    itWritesNothing('refuses every parameter that is not as documented', async () => {
      let tried = 0;
      for (const operation of reading()) {
        const { row, path, call } = operation;
        const cases = parametersOf(operation).flatMap((parameter) =>
          badValuesOf(parameter).map((value) => [parameter.name, value] as const),
        );
        for (const [name, value] of [...cases, ['colour', 'red'], ['__proto__', 'x'], ['', '']] as const) {
          tried += 1;
          const answer = await call({ path: `${path}?${name}=${encodeURIComponent(value)}` });
          const where = `${row.operationId} ${name}=${JSON.stringify(value)}`;
          expect([answer.status, answer.body.code], where).to.deep.equal([400, 'invalid_query']);
          expect(answer.body.errors[0].parameter, where).to.equal(name);
        }
      }
      expect(tried).to.be.greaterThan(150);
    });

    itWritesNothing('refuses every parameter that is given twice', async () => {
      for (const operation of reading()) {
        for (const { name } of parametersOf(operation)) {
          const answer = await operation.call({ path: `${operation.path}?${name}=1&${name}=1` });
          expectProblem(answer, 400, 'invalid_query');
          expect(answer.body.errors).to.deep.include({
            parameter: name,
            detail: `The parameter ${name} must be given once.`,
          });
        }
      }
    });

    itWritesNothing('searches for at most 16 words, and says so otherwise', async () => {
      const searched = lists().filter((each) => parametersOf(each).some(({ name }) => name === 'q'));
      expect(searched.length).to.be.greaterThan(1);
      const many = (count: number): string => Array.from({ length: count }, (_, i) => `w${i}`).join(' ');
      // Of a text without spaces, each two neighbours are a word; compatibility forms count as what they are compared by.
      const good = [
        '',
        ' ',
        'a',
        '茶',
        '%',
        'x'.repeat(520),
        many(16),
        `${many(16)} w3 - !`,
        '一二三四五六七八九十',
      ];
      const bad = [many(17), many(17).replaceAll(' ', '-'), '⓪①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯'.split('').join(' ')];
      for (const { path, call } of searched) {
        const search = (q: string) => call({ path: `${path}?q=${encodeURIComponent(q)}` });
        for (const q of good) expect((await search(q)).status, q).to.equal(200);
        for (const q of bad) {
          const answer = await search(q);
          expectProblem(answer, 400, 'invalid_query');
          const detail = 'The parameter q must have at most 16 words.';
          expect(answer.body.errors, q).to.deep.equal([{ parameter: 'q', detail }]);
        }
        const { body } = await search('x'.repeat(521));
        expect(body.errors[0]).to.deep.equal({
          parameter: 'q',
          detail: 'The parameter q must have at most 520 characters.',
        });
      }
    });

    itWritesNothing('refuses cursors that are garbage, of another list or of other filters', async () => {
      const cursor = (await shop.get('/products?limit=1')).body.nextCursor as string;
      const garbage = ['x', '%F0%9F%98%80', 'bnVsbA', 'W10', cursor.slice(1), `${cursor}A`, `${cursor}%3D`];
      expect(lists()).to.have.length(16);
      for (const { row, path, call } of lists()) {
        const foreign = row.operationId === 'listProducts' ? ['sort=name&', 'q=tea&', 'inStock=true&'] : [''];
        const queries = [
          ...garbage.map((after) => `after=${after}`),
          ...foreign.map((filter) => `${filter}after=${cursor}`),
        ];
        for (const query of queries)
          expectProblem(await call({ path: `${path}?${query}` }), 400, 'invalid_cursor');
      }
    });

    itWritesNothing('refuses forged cursors whose key is none of their list', async () => {
      let tried = 0;
      for (const operation of lists()) {
        const { row, path, call } = operation;
        const sorts = parametersOf(operation).find(({ name }) => name === 'sort')?.schema.enum;
        for (const given of sorts?.map((sort) => ({ sort })) ?? [{}]) {
          const { limit: _limit, ...filters } = row.search?.joi.validate(given).value as Record<
            string,
            unknown
          >;
          const ask = (after?: string) => {
            const query = { limit: '1', ...given, ...(after !== undefined && { after }) };
            return call({ path: `${path}?${String(new URLSearchParams(query))}` });
          };
          const forge = (key: string | number) => encodeCursor({ key, id: newId() }, { path, filters });
          const { nextCursor } = (await ask()).body as { nextCursor: string };
          const [key] = JSON.parse(Buffer.from(nextCursor, 'base64url').toString()) as [string | number];
          for (const other of typeof key === 'string' ? NO_TEXTS : NO_NUMBERS) {
            tried += 1;
            const { status, body } = await ask(forge(other));
            const where = `${path} ${JSON.stringify(given)} ${JSON.stringify(other)}`;
            expect([status, body.code], where).to.deep.equal([400, 'invalid_cursor']);
          }
          expect((await ask(forge(key))).status, 'forged well, it is one').to.equal(200);
        }
      }
      expect(tried).to.be.greaterThan(60);
    });
  });
});
