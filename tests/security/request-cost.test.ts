import { expect } from 'chai';
import { codeUnitsFor } from '#src/platform/schema/text-limits.js';
import {
  bodyFields,
  operationsOf,
  queryParameters,
  stock,
  withValue,
  type Operation,
} from '../support/operations.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';

// A request is compared with an ordinary one of the same size to the same place, by the CPU that this process has used for
// both ends of it. What is quadratic in a field of 100 kB takes hundreds of times as long.

/** Far above what chance, garbage and the length of a response make of two equal requests. */
const FACTOR = 12;
const TRIES = 8;

/** As the shop is configured. */
const BODY_LIMIT = 100 * 1024;
/** Less than Node's 16 KiB for request line and header, so that the other fields fit in as well. */
const HEAD_LIMIT = 15_000;

type Fill = (units: (unit: string, share?: number) => string) => string;

const MARKS: Readonly<Record<string, Fill>> = {
  'marks out of their canonical order': (units) => `a${units('\u0344', 0.6)}${units('\u0316', 0.4)}`,
  'marks, 30 for each letter': (units) => units(`a${'\u0344'.repeat(15)}${'\u0316'.repeat(15)}`),
};

/** Texts on which some reader or other of texts is known to be slow. `units` repeats a unit over a share of the room. */
const WORST: Readonly<Record<string, Fill>> = {
  ...MARKS,
  'katakana sound marks': (units) => units('\uff9e\u0316'),
  'characters of which normalising makes eighteen': (units) => units('\ufdfa'),
  'white space before the last letter': (units) => `a${units(' ')}a`,
  'at signs': (units) => `a${units('@a')}`,
  'dots, as of a domain': (units) => `a@${units('a.')}a`,
  'slashes and colons behind a scheme': (units) => `http://a${units('/:')}`,
};

/** Parameters are also read as numbers and times. */
const WORST_OF_PARAMETERS: typeof WORST = {
  ...WORST,
  'zeros before the last figures': (units) => `1.${units('0')}10`,
  'zeros before an exponent': (units) => `1.${units('0')}1e1`,
  'figures and hyphens': (units) => units('2026-'),
};

/** What can stand in a header. */
const WORST_OF_HEADERS: Readonly<Record<string, Fill>> = {
  spaces: (units) => `"a"${units(' ')}x`,
  quotes: (units) => `"${units('\\"')}`,
  'entity-tags': (units) => units('"1",'),
  'parameters without an end': (units) => `application/json${units(';a="\\a')}`,
  'parameters and spaces': (units) => `application/json${units(' ; ')}`,
  'addresses that are trusted': (units) => `${units('127.0.0.1,')}127.0.0.1`,
  commas: (units) => units(', ,'),
  'dots, as of a token': (units) => `Bearer ${units('a.')}`,
  'no dots': (units) => `Bearer ${units('a')}`,
};

/** All that anything in the shop reads. */
const HEADERS = [
  ...['Authorization', 'Content-Type', 'Content-Encoding', 'User-Agent', 'X-Request-Id', 'X-Forwarded-For'],
  ...['Forwarded', 'Origin', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'Access-Control-Request-Method'],
];

const PLAIN: Fill = (units) => units('a');

const textOf = (fill: Fill, room: number, sizeOf: (unit: string) => number): string =>
  fill((unit, share = 1) => unit.repeat(Math.floor(((room - 32) * share) / sizeOf(unit))));

const encoded = (fill: Fill): string =>
  encodeURIComponent(textOf(fill, HEAD_LIMIT, (unit) => encodeURIComponent(unit).length));

/** Microseconds. */
const cpuOf = async (send: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await send();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

describe('The CPU that a request takes', () => {
  let shop: ShopUnderTest;
  let operations: readonly Operation[];
  let tried = 0;
  beforeEach(() => (tried = 0));
  before(async () => {
    shop = await testShop({ environment: { TRUST_PROXY: 'loopback' } });
    operations = operationsOf(shop, await stock(shop));
  });
  after(() => shop.close());

  const operation = (id: string): Operation =>
    operations.find(({ row }) => row.operationId === id) ?? expect.fail(`the shop has no call ${id}`);

  /** Compares each text with a plain one; both anew when they differ, since a collection of garbage may have come in between. */
  const expectOrdinary = async (
    where: string,
    texts: Readonly<Record<string, Fill>>,
    send: (fill: Fill) => Promise<unknown>,
  ): Promise<void> => {
    await send(PLAIN);
    const plain = await cpuOf(() => send(PLAIN));
    for (const [title, fill] of Object.entries(texts)) {
      tried += 1;
      const ratios = [(await cpuOf(() => send(fill))) / plain];
      while (Math.min(...ratios) > FACTOR && ratios.length < TRIES)
        ratios.push((await cpuOf(() => send(fill))) / (await cpuOf(() => send(PLAIN))));
      const told = ratios.map((ratio) => Math.round(ratio)).join(', ');
      expect(Math.min(...ratios), `${where}, ${title}: ${told} times as long as plain text`).to.be.below(
        FACTOR,
      );
    }
  };

  it('The CPU time of a request does not depend on what is in a text of a body, known or not, however much of it fits in', async () => {
    for (const { row, body, call } of operations.filter(({ row }) => row.body !== undefined)) {
      const fields = bodyFields(shop.shop.http.openApi, row).filter(({ types }) => types.includes('string'));
      for (const path of [...fields.map((field) => field.path), ['colour']]) {
        const room = BODY_LIMIT - Buffer.byteLength(JSON.stringify(withValue(body, path, '')));
        await expectOrdinary(`${row.operationId} /${path.join('/')}`, WORST, (fill) =>
          call({
            json: withValue(
              body,
              path,
              textOf(fill, room, (unit) => Buffer.byteLength(unit)),
            ),
          }),
        );
      }
    }
    expect(tried).to.be.greaterThan(600);
  });

  it('The CPU time of a request does not depend on the marks in a text that is as long as it may be sent', async () => {
    for (const { row, body, call } of operations.filter(({ row }) => row.body !== undefined))
      for (const { path, pointer, maxLength } of bodyFields(shop.shop.http.openApi, row))
        if (maxLength !== undefined)
          await expectOrdinary(`${row.operationId} ${pointer}`, MARKS, (fill) => {
            const text = textOf(fill, codeUnitsFor(maxLength) + 24, (unit) => unit.length);
            return call({ json: withValue(body, path, text) });
          });
    expect(tried).to.be.greaterThan(90);
  });

  it('The CPU time of a request does not depend on the marks in texts that are taken, as long as they may be', async () => {
    const { call } = operation('createProduct');
    const marked: Fill = (units) => units(`a${'\u0315'.repeat(15)}${'\u0316'.repeat(15)}`);
    await expectOrdinary('createProduct', { 'marks, 30 for each letter': marked }, async (fill) => {
      const textOfLength = (max: number): string => textOf(fill, max + 32, (unit) => unit.length);
      const texts = { name: textOfLength(200), description: textOfLength(10_000) };
      expect((await call({ json: { ...texts, price: 1 } })).status).to.equal(201);
    });
  });

  it('The CPU time of a request does not depend on what is in a query parameter, known or not', async () => {
    for (const { row, path, call } of operations.filter(({ row }) => row.method === 'get')) {
      const known = queryParameters(shop.shop.http.openApi, row).map(({ name }) => name);
      for (const name of [...known, 'colour'])
        await expectOrdinary(`${row.operationId} ?${name}`, WORST_OF_PARAMETERS, (fill) =>
          call({ path: `${path}?${name}=${encoded(fill)}` }),
        );
    }
    expect(tried).to.be.greaterThan(600);
  });

  it('The CPU time of a request does not depend on what stands in a path for an id', async () => {
    for (const { row, body, call } of operations.filter(({ row }) => row.params !== undefined))
      await expectOrdinary(row.operationId, WORST_OF_PARAMETERS, (fill) =>
        call({
          path: row.path.replace(/:\w+/, encoded(fill)),
          ...(row.body !== undefined && { json: body }),
        }),
      );
    expect(tried).to.be.greaterThan(200);
  });

  // Headers are read before and in addition to what is peculiar to a call, so that these calls read all of them.
  for (const id of ['getProduct', 'logIn', 'replaceCategory', 'adjustStock'])
    it(`The CPU time of a request does not depend on what is in a header of ${id}`, async () => {
      const { row, body, call } = operation(id);
      for (const name of HEADERS)
        await expectOrdinary(`${id} ${name}`, WORST_OF_HEADERS, (fill) => {
          const headers = { [name]: textOf(fill, HEAD_LIMIT, (unit) => unit.length) };
          return call({ headers, ...(row.body !== undefined && { json: body }) });
        });
    });
});
