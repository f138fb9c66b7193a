import { expect } from 'chai';
import {
  operationsOf,
  readOnlyFields,
  stock,
  withValue,
  type Operation,
  type StockedShop,
} from '../support/operations.js';
import { expectNothingWritten } from '../support/snapshot.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

type Fields = Readonly<Record<string, unknown>>;

const WRITES: readonly string[] = ['put', 'patch'];

/** What is no more than the time of the last change differs after each. */
const withoutTimeOf = ({ updatedAt: _, ...fields }: Fields & { readonly updatedAt?: unknown }): Fields =>
  fields;

/** Another value of the same type and form. */
const otherThan = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return [];
  if (typeof value === 'object' && value !== null) return null;
  const text = String(value);
  if (text === 'customer') return 'admin';
  if (/^\d{4}-\d\d-/.test(text)) return '2001-01-01T00:00:00.000Z';
  if (text.includes('@')) return `x${text}`;
  return text.replace(/[0-9a-z]$/i, (last) => (last === '1' ? '2' : '1')).replace(/^EUR$/, 'USD');
};

forEachShop((_name, open) => {
  let shop: ShopUnderTest;
  let stocked: StockedShop;
  /** Each write, with the read at its path. */
  let pairs: readonly { readonly read: Operation; readonly write: Operation }[];
  before(async () => {
    shop = await open();
    stocked = await stock(shop);
    const operations = operationsOf(shop, stocked);
    pairs = operations
      .filter(({ row }) => WRITES.includes(row.method) && row.body !== undefined)
      .flatMap((write) => {
        const read = operations.find(({ row }) => row.method === 'get' && row.path === write.row.path);
        return read === undefined ? [] : [{ read, write }];
      });
  });
  after(() => shop.close());

  describe('given a body that repeats what a resource shows', () => {
    it('The shop accepts all that GET returns by PUT, and by PATCH where that makes no change of a status', async () => {
      const tried: string[] = [];
      for (const { read, write } of pairs.filter(
        ({ write }) => write.row.operationId !== 'changeOrderStatus',
      )) {
        const { operationId } = write.row;
        const { body: shown } = await read.call();
        const { status, body } = await write.call({ json: shown as Fields });
        expect([status, withoutTimeOf(body as Fields)], operationId).to.deep.equal([
          200,
          withoutTimeOf(shown as Fields),
        ]);
        tried.push(operationId);
      }
      expect(tried).to.have.members([
        ...['replaceProduct', 'changeProduct', 'replaceCategory', 'replaceMyAddress'],
        ...['changeMe', 'changeUser', 'changeMyProfile', 'replaceCustomer', 'changeCustomer'],
        'changeWebhook',
      ]);
    });

    it('The shop refuses each read-only field that is not what it is by a sentence, and writes nothing', async () => {
      await expectNothingWritten(shop, stocked.ada.token, async () => {
        let tried = 0;
        for (const { read, write } of pairs) {
          const { body: shown } = await read.call();
          for (const name of readOnlyFields(shop.shop.http.openApi, write.row)) {
            if (name === 'updatedAt') continue;
            const json = withValue(write.body, [name], otherThan((shown as Fields)[name]));
            const { status, body } = await write.call({ json });
            const where = `${write.row.operationId} ${name}`;
            expect([status, body.code, body.errors?.length], where).to.deep.equal([422, 'invalid_body', 1]);
            expect(body.errors[0].pointer, where).to.equal(`/${name}`);
            expect(body.errors[0].detail, where).to.match(/^The [a-zA-Z -]+ is read-only: /);
            tried += 1;
          }
        }
        expect(tried).to.be.greaterThan(30);
      });
    });

    it('The shop names the field that can be written where a read-only one shows it', async () => {
      for (const category of [null, 'Kitchen', { id: 'x' }, { id: stocked.categoryId, name: 'Other' }]) {
        const { body } = await shop.put(`/products/${stocked.productId}`, {
          token: shop.adminToken,
          json: { name: 'Bowl', description: '', price: 1, category },
        });
        expect(body.errors, JSON.stringify(category)).to.deep.equal([
          { pointer: '/category', detail: 'The category is read-only: change categoryId instead.' },
        ]);
      }
    });

    it('The shop moves a product to the category that categoryId names, whatever category repeats', async () => {
      const path = `/products/${stocked.productId}`;
      const { body: shown } = await shop.get(path);
      const json = { ...(shown as Fields), categoryId: null };
      const moved = await shop.put(path, { token: shop.adminToken, json });
      expect([moved.status, moved.body.category]).to.deep.equal([200, null]);
      const back = await shop.patch(path, {
        token: shop.adminToken,
        json: { categoryId: stocked.categoryId, category: null },
      });
      expect([back.status, back.body.category?.id]).to.deep.equal([200, stocked.categoryId]);
    });

    it('The shop returns 404 to fields of a missing resource', async () => {
      const { body: shown } = await shop.get(`/products/${stocked.productId}`);
      const json = shown as Fields;
      const { status } = await shop.put(`/products/${crypto.randomUUID()}`, { token: shop.adminToken, json });
      expect(status).to.equal(404);
    });
  });
});
