import { expect } from 'chai';
import type { Received } from '../support/http-client.js';
import {
  bodyFields,
  operationsOf,
  stock,
  withValue,
  type Body,
  type BodyField,
  type Operation,
  type StockedShop,
} from '../support/operations.js';
import { aProduct } from '../support/shopping.js';
import { expectNothingWritten } from '../support/snapshot.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

const PATTERNS = {
  'four-byte characters': '😀',
  'characters of which normalising makes eighteen': '\u{fdfa}',
  'letters of which lower case makes two': 'İ',
  'characters that SQL, LIKE and JSON take for their own': `'\\%_"\``,
};

/** What no call shows again. */
const SECRET = ['password', 'currentPassword', 'newPassword', 'refreshToken', 'token', 'login'];

/** Codes, which are made of visible ASCII characters only. */
const ASCII = ['sku'];

type Field = BodyField & { readonly maxLength: number };

const valueAt = (body: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Body | null)?.[key], body);

forEachShop((_name, open) => {
  describe('given texts as long as they may be', () => {
    let shop: ShopUnderTest;
    let stocked: StockedShop;
    let fields: readonly (readonly [Operation, Field])[];
    before(async () => {
      shop = await open();
      stocked = await stock(shop);
      fields = operationsOf(shop, stocked)
        .filter(({ row }) => row.body !== undefined)
        .flatMap((operation) =>
          bodyFields(shop.shop.http.openApi, operation.row)
            .filter((field): field is Field => field.maxLength !== undefined)
            .map((field) => [operation, field] as const),
        );
    });
    after(() => shop.close());

    let written = 0;
    /** The good body with this text in it; what has to be unique in the shop is. */
    const bodyWith = ({ row, body }: Operation, { path }: Field, text: string): Body => {
      const own = `${row.operationId} ${String((written += 1))}`;
      const unique = {
        ...('email' in body && { email: `eve-${String(written)}@customers.test` }),
        ...(row.path.startsWith('/categories') && { name: own }),
      };
      return withValue({ ...body, ...unique }, path, text);
    };

    /** What the shop shows of what a call has written, asked for anew. */
    const readBack = async ({ row, path }: Operation, answer: Received): Promise<unknown> => {
      if (row.operationId === 'adjustStock') {
        const ledger = await shop.get(`${path}?limit=1`, { token: shop.adminToken });
        return ledger.body.items[0] as unknown;
      }
      const newcomer = answer.body.accessToken as string | undefined;
      const token = newcomer ?? (row.access === 'admin' ? shop.adminToken : stocked.ada.token);
      return (await shop.get(answer.headers['location'] ?? path, { token })).body as unknown;
    };

    for (const [title, pattern] of Object.entries(PATTERNS)) {
      it(`The shop stores ${title} up to the full length of every text, and shows them unchanged`, async () => {
        const texts = fields.filter(([, { path, format }]) => {
          return format === undefined && !SECRET.includes(path.at(-1) ?? '');
        });
        expect(texts.length).to.be.greaterThan(45);
        for (const [operation, field] of texts) {
          if (operation.row.path.startsWith('/order')) await stocked.ada.put(stocked.productId);
          const unique = String((written += 1));
          const isCode = ASCII.includes(field.path.at(-1) ?? '');
          const characters = isCode && !/^[!-~]+$/.test(pattern) ? '~' : pattern;
          const text = Array.from(unique + characters.repeat(field.maxLength))
            .slice(0, field.maxLength)
            .join('');
          const answer = await operation.call({ json: bodyWith(operation, field, text) });
          const where = `${operation.row.operationId} ${field.pointer}`;
          expect(answer.status, `${where}: ${JSON.stringify(answer.body)}`).to.be.oneOf([200, 201]);
          expect(valueAt(await readBack(operation, answer), field.path), where).to.equal(text);
        }
      });
    }

    it('The shop refuses one character more of every text, and writes nothing', async () => {
      await expectNothingWritten(shop, stocked.ada.token, async () => {
        for (const [operation, field] of fields) {
          const json = bodyWith(operation, field, '😀'.repeat(field.maxLength + 1));
          const { status, body } = await operation.call({ json });
          const where = `${operation.row.operationId} ${field.pointer}`;
          expect([status, body.code], where).to.deep.equal([422, 'invalid_body']);
          const pointers = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
          expect(pointers, where).to.include(field.pointer);
        }
      });
    });

    it('The shop stores the longest name of a product in the cart, in orders and for the search', async () => {
      const { ada } = stocked;
      const name = '🫖'.repeat(200);
      const productId = await aProduct(shop, { name, description: '🍵'.repeat(10_000) });
      const line = await ada.put(productId);
      const names = (line.body.items as { product: { name: string } }[]).map(({ product }) => product.name);
      expect(names.at(-1)).to.equal(name);
      const { body: order } = await ada.order();
      const read = await shop.get(`/orders/${String(order.id)}`, { token: ada.token });
      expect(read.body.products.at(-1).name).to.equal(name);
      const found = await shop.get(`/products?sort=-name&q=${encodeURIComponent('🫖'.repeat(64))}`);
      expect(found.body.items).to.have.length(1);
    });

    it('The shop accepts the longest address of a person and of a picture, user name and password', async () => {
      const email = `${'e'.repeat(64)}@${'d'.repeat(61)}.${'d'.repeat(61)}.${'d'.repeat(60)}.test`;
      expect(email).to.have.length(254);
      const person = { name: 'Eve', email, username: 'e'.repeat(30), password: '😀'.repeat(128) };
      expect((await shop.post('/auth/signup', { json: person })).body.user).to.include({ email });
      for (const login of [email, email.toUpperCase(), person.username]) {
        const { status } = await shop.post('/auth/login', { json: { login, password: person.password } });
        expect(status, login).to.equal(200);
      }
      const imageUrl = `https://img.test/${'x'.repeat(2031)}`;
      const id = await aProduct(shop, { imageUrl });
      expect((await shop.get(`/products/${id}`)).body.imageUrl).to.equal(imageUrl);

      const signUp = (changes: object) =>
        shop.post('/auth/signup', { json: { ...person, email: 'zoe@customers.test', ...changes } });
      for (const [changes, pointer] of [
        [{ email: `e${email}` }, '/email'],
        [{ email: email.replace('.test', 'd.test') }, '/email'],
        [{ username: 'e'.repeat(31) }, '/username'],
      ] as const) {
        const { status, body } = await signUp(changes);
        expect([status, body.errors?.[0].pointer], pointer).to.deep.equal([422, pointer]);
      }
    });
  });
});
