import { expect } from 'chai';
import {
  bodyFields,
  operationsOf,
  queryParameters,
  readOnlyFields,
  stock,
  withValue,
  type JsonSchema,
  type Operation,
} from '../support/operations.js';
import { forEachWatchedShape, type WatchedShape } from './watched-services.js';

/** What JavaScript takes for something else, and what shops elsewhere have fallen for. */
const KNOWN_TRICKS = ['constructor', 'prototype', 'isAdmin', 'admin', 'user'];

const NEVER_TAKEN = [
  ...['id', 'userId', 'orderId', 'version', 'createdAt', 'updatedAt', 'passwordHash'],
  ...['emailVerified', 'currency', 'unitPrice', 'lineTotal', 'totalPrice', 'balance', 'reason'],
];

/** Who may write what decides over rights, money and history: by hand, so that a schema that takes more fails. */
const PRIVILEGED: Readonly<Record<string, readonly string[]>> = {
  role: ['changeUser'],
  disabled: ['changeUser'],
  status: ['changeOrderStatus'],
  customerId: ['cancelOrders'],
  price: ['createProduct', 'replaceProduct', 'changeProduct'],
  delta: ['adjustStock'],
  ...Object.fromEntries(NEVER_TAKEN.map((name) => [name, []])),
};

/** Below the fifty of which a problem tells at most. */
const AT_ONCE = 40;

/** `__proto__` comes alone: a body with it is refused before its other fields are looked at. */
const batches = (names: readonly string[]): readonly (readonly string[])[] => [
  ['__proto__'],
  ...Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_, index) =>
    names.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  ),
];

/** The names of all fields in a document, however deep they stand. */
const fieldNames = (schema: unknown): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as JsonSchema;
  return [...Object.keys(properties), ...Object.values(schema).flatMap(fieldNames)];
};

describe('Unknown fields of a body', () => {
  forEachWatchedShape((_shape, open) => {
    let shop: WatchedShape;
    let operations: readonly Operation[];
    let names: readonly string[];

    before(async () => {
      shop = await open();
      operations = operationsOf(shop, await stock(shop));
      const columns = Object.values(await shop.columns()).flat();
      const { paths, components } = shop.shop.http.openApi;
      names = [...new Set([...KNOWN_TRICKS, ...columns, ...fieldNames([paths, components])])];
    });
    after(() => shop.close());

    /** The objects of a body, with the names of the fields that each has. */
    const objectsOf = ({ row }: Operation) => {
      const fields = bodyFields(shop.shop.http.openApi, row);
      const objects = fields.filter(({ types }) => types.includes('object')).map(({ path }) => path);
      return [[], ...objects].map((at) => ({
        at,
        known: fields
          .filter(({ path }) => path.slice(0, -1).join('/') === at.join('/'))
          .map(({ path }) => path.at(-1) ?? ''),
      }));
    };

    it('Unknown fields of a body are refused by name, every column and every field of a response, and nothing is changed', async () => {
      const before = await shop.rows();
      let tried = 0;
      for (const operation of operations.filter(({ row }) => row.body !== undefined)) {
        for (const { at, known } of objectsOf(operation)) {
          const readOnly = at.length === 0 ? readOnlyFields(shop.shop.http.openApi, operation.row) : [];
          const unknown = names.filter((name) => !known.includes(name) && !readOnly.includes(name));
          for (const batch of batches(unknown)) {
            const json = batch.reduce(
              (body, name) => withValue(body, [...at, name], 'admin'),
              operation.body,
            );
            const { status, body } = await operation.call({ json });
            const where = `${operation.row.operationId} /${at.join('/')}`;
            expect([status, body.code], where).to.deep.equal([422, 'invalid_body']);
            const refused = (body.errors as { pointer: string; detail: string }[])
              .filter(({ detail }) => detail.startsWith('There is no field '))
              .map(({ pointer }) => pointer);
            expect(refused, where).to.have.members(batch.map((name) => `/${[...at, name].join('/')}`));
            tried += batch.length;
          }
        }
      }
      expect(await shop.rows()).to.deep.equal(before);
      expect(names).to.include.members(['passwordHash', 'emailKey', 'role', 'version', 'totalPrice']);
      expect(tried).to.be.greaterThan(2000);
    });

    it('Unknown fields of a body are not those that give rights, money or a history, but for the calls that are there for it', () => {
      for (const [name, calls] of Object.entries(PRIVILEGED)) {
        const taking = operations
          .filter(({ row }) => row.body !== undefined)
          .filter((operation) => objectsOf(operation).some(({ known }) => known.includes(name)))
          .map(({ row }) => row.operationId);
        expect(taking, name).to.have.members(calls);
      }
    });

    it('Unknown fields of a body are refused in every query string', async () => {
      let tried = 0;
      for (const { row, path, call } of operations.filter(({ row: { method } }) => method === 'get')) {
        const known = queryParameters(shop.shop.http.openApi, row).map(({ name }) => name);
        for (const batch of batches(names.filter((name) => !known.includes(name)))) {
          const query = batch.map((name) => `${name}=admin`).join('&');
          const { status, body } = await call({ path: `${path}?${query}` });
          expect([status, body.code], path).to.deep.equal([400, 'invalid_query']);
          const refused = (body.errors as { parameter: string }[]).map(({ parameter }) => parameter);
          expect(refused, path).to.have.members(batch);
          tried += batch.length;
        }
      }
      expect(tried).to.be.greaterThan(2000);
    });
  });
});
