import { expect } from 'chai';
import { newId } from '../support/builders/ids.js';
import type { Received } from '../support/http-client.js';
import {
  bodyFields,
  operationsOf,
  stock,
  withValue,
  type BodyField,
  type Operation,
  type StockedShop,
} from '../support/operations.js';
import { aProduct, aShopper, expectProblem } from '../support/shopping.js';
import { expectNothingWritten } from '../support/snapshot.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

const UNSTORABLE = ['a\0b', '\ud800', 'a\udc00b'];
const NO_IDS = ['1', 'teapot', `${newId()}0`, "' or 1=1 --", '{}'];
/** A value of every type of JSON. */
const TYPED = { string: '5', number: 5, boolean: true, array: [], object: {}, null: null };
/** Less than any that is good for a price or a quantity, more, and what only looks like one. */
const NO_AMOUNTS = [-1, -0.01, 1e308, 2 ** 53, '5', '1e2', 'NaN', '', true, null, [5], {}];
const NO_QUANTITIES = [...NO_AMOUNTS, 1.5, 2 ** 31];

/** A sentence that names its subject, and no word of the library that has found the fault. */
const SENTENCE =
  /^(?:(?:An?|Some|The) [a-zA-Z\d -]+|Item \d+|There is no field \S+) (?!.*(?:"|\[|\(|_|regex|ref:)).+\.$/;

/** What is complained of, each place once and by a sentence. */
const pointersOf = ({ body }: Received): readonly (string | undefined)[] => {
  const errors = body.errors as { pointer?: string; detail: string }[];
  // A word of the contract may be what has to be sent.
  for (const { detail } of errors) expect(detail.replace('dead_lettered', 'dead')).to.match(SENTENCE);
  const pointers = errors.map(({ pointer }) => pointer);
  expect(pointers).to.deep.equal([...new Set(pointers)]);
  return pointers;
};

forEachShop((name, open) => {
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

  const withBody = () => operations.filter(({ row }) => row.body !== undefined);
  const fieldsOf = ({ row }: Operation) => bodyFields(shop.shop.http.openApi, row);
  const operation = (id: string): Operation => {
    const found = operations.find(({ row }) => row.operationId === id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  };

  /** Sends the valid body with this value in one place, and returns the pointers of the problem. */
  const pointersFor = async (
    { row, body, call }: Operation,
    path: readonly string[],
    value: unknown,
  ): Promise<readonly (string | undefined)[]> => {
    const answer = await call({ json: withValue(body, path, value) });
    const where = `${row.operationId} ${path.join('/')} = ${JSON.stringify(value)}`;
    expect([answer.status, answer.body.code], where).to.deep.equal([422, 'invalid_body']);
    return pointersOf(answer);
  };

  /** Tries values in every field that is picked, of every call; returns how many fields there were. */
  const inEveryField = async (
    pick: (field: BodyField) => boolean,
    values: (field: BodyField) => readonly unknown[],
  ): Promise<number> => {
    let tried = 0;
    for (const each of withBody()) {
      for (const field of fieldsOf(each).filter(pick)) {
        tried += 1;
        for (const value of values(field)) {
          const pointers = await pointersFor(each, field.path, value);
          expect(pointers, `${each.row.operationId} ${JSON.stringify(value)}`).to.include(field.pointer);
        }
      }
    }
    return tried;
  };

  describe('given a bad body', () => {
    itWritesNothing('refuses text that no database holds, in every field that is text', async () => {
      const tried = await inEveryField(
        ({ types }) => types.includes('string'),
        () => UNSTORABLE,
      );
      expect(tried).to.be.greaterThan(60);
    });

    itWritesNothing('reads no value out of one of another type', async () => {
      await inEveryField(
        () => true,
        ({ types }) =>
          Object.entries(TYPED)
            .filter(
              ([type]) => !types.includes(type === 'number' && types.includes('integer') ? 'integer' : type),
            )
            .map(([, value]) => value),
      );
    });

    itWritesNothing('misses every field that is required', async () => {
      const tried = await inEveryField(
        ({ required }) => required,
        () => [undefined],
      );
      expect(tried).to.be.greaterThan(25);
    });

    itWritesNothing('knows no id that is no UUID', async () => {
      const tried = await inEveryField(
        ({ format }) => format === 'uuid',
        () => NO_IDS,
      );
      expect(tried).to.be.greaterThan(4);
    });

    itWritesNothing('refuses what is no JSON object, too large, or of another type', async () => {
      const large = JSON.stringify({ name: 'x'.repeat(101 * 1024) });
      const typed = (type: string) => ({ raw: '{}', headers: { 'Content-Type': type } });
      for (const { row, body, call } of withBody()) {
        const { operationId: name } = row;
        for (const raw of ['{', '{"name":}', `${JSON.stringify(body)}x`, 'null', 'true', '5', '"text"']) {
          const { status, body: problem } = await call({ raw });
          expect([status, problem.code], `${name} ${raw}`).to.deep.equal([400, 'malformed_json']);
        }
        const list = await call({ raw: `[${JSON.stringify(body)}]` });
        expect([list.status, ...pointersOf(list)], `${name} []`).to.deep.equal([422, '']);
        expectProblem(await call({ raw: large }), 413, 'body_too_large');
        for (const type of [
          '',
          'text/plain',
          'application/x-www-form-urlencoded',
          'application/json;charset=latin1',
        ])
          expectProblem(await call(typed(type)), 415, 'unsupported_media_type');
        if (row.bodyOptional === true) continue;
        for (const nothing of [{}, { raw: '' }, { raw: '\ufeff' }])
          expectProblem(await call(nothing), 400, 'malformed_json');
      }
    });

    itWritesNothing('refuses every quantity that can’t be one', async () => {
      for (const [id, ...more] of [
        ['addToCart', 0, 1000],
        ['setCartLineQuantity', 0, 1000, undefined],
        ['createProduct'],
        ['replaceProduct'],
        ['changeProduct'],
      ] as const) {
        for (const value of [...NO_QUANTITIES, ...more])
          expect(await pointersFor(operation(id), ['quantity'], value)).to.deep.equal(['/quantity']);
      }
      for (const value of [...NO_QUANTITIES.slice(1), -0.5, -(2 ** 53), 0, undefined])
        expect(await pointersFor(operation('adjustStock'), ['delta'], value)).to.deep.equal(['/delta']);
    });

    itWritesNothing('refuses every price that is not exact in the shop’s currency', async () => {
      for (const [id, name] of [
        ['createProduct', 'price'],
        ['replaceProduct', 'price'],
        ['changeProduct', 'price'],
        ['placeOrder', 'expectedTotal'],
      ] as const) {
        for (const value of [...NO_AMOUNTS, 1.005, 19.999, 1e-7, 0.1 + 0.2])
          expect(await pointersFor(operation(id), [name], value)).to.deep.equal([`/${name}`]);
      }
    });

    itWritesNothing('refuses numbers that JSON can write and JavaScript can’t hold', async () => {
      for (const number of ['1e999', '-1e999', '9007199254740993', `1${'0'.repeat(400)}`]) {
        for (const name of ['quantity', 'price']) {
          const answer = await operation('changeProduct').call({ raw: `{"${name}":${number}}` });
          expect([answer.status, ...pointersOf(answer)], number).to.deep.equal([422, `/${name}`]);
        }
      }
    });
  });

  it('The shop shows a cart whose product has left it, refuses to order it, and keeps it', async () => {
    const [eve, teapot, cup] = [await aShopper(shop), await aProduct(shop), await aProduct(shop)];
    await eve.put(teapot, 2);
    await eve.put(cup);
    await shop.delete(`/products/${teapot}`, { token: shop.adminToken });
    const { body: cart } = await eve.cart();
    expect(cart.items.map(({ available }: { available: number }) => available)).to.deep.equal([0, 5]);
    const refuse = async () => {
      const refused = await eve.order();
      expectProblem(refused, 409, 'out_of_stock');
      expect(refused.body.lines).to.deep.equal([{ productId: teapot, requested: 2, available: 0 }]);
      expectProblem(await eve.put(teapot), 404, 'product_not_found');
    };
    // Services take the lines out of the cart, and put them back: its version rises.
    if (name === 'services') await refuse();
    else await expectNothingWritten(shop, eve.token, refuse);
    const { body: after } = await eve.cart();
    expect(after).to.deep.equal({ ...cart, version: after.version as number });
    if (name !== 'services') expect(after.version).to.equal(cart.version);
  });

  for (const [SHOP_CURRENCY, good, bad] of [
    ['JPY', [0, 1, 1500, 50_000_000_000], [1.5, 0.1, 50_000_000_001]],
    ['KWD', [1.005, 0.001, 19.999, 50_000_000], [1.0005, 0.0001, 50_000_000.001]],
  ] as const) {
    it(`The shop takes the decimals that ${SHOP_CURRENCY} has, and no others`, async () => {
      const other = await open({ environment: { SHOP_CURRENCY } });
      try {
        const token = other.adminToken;
        const sell = (price: number) =>
          other.post('/products', { token, json: { name: 'Bowl', description: '', price } });
        for (const price of good) {
          const { status, body } = await sell(price);
          expect([status, body.price, body.currency]).to.deep.equal([201, price, SHOP_CURRENCY]);
          expect((await other.get(`/products/${String(body.id)}`)).body.price).to.equal(price);
        }
        await expectNothingWritten(other, token, async () => {
          for (const price of bad) expect(pointersOf(await sell(price))).to.deep.equal(['/price']);
        });
      } finally {
        await other.close();
      }
    });
  }
});
