import { expect } from 'chai';
import { created, noContent, ok } from '#src/platform/http/routes/reply.js';
import { route } from '#src/platform/http/routes/route.js';
import { pageOf } from '#src/platform/http/routes/schemas.js';
import { checkBody } from '#src/platform/http/routes/validation.js';
import {
  array,
  boolean,
  changes,
  instant,
  integer,
  keyOf,
  object,
  oneOf,
  string,
  text,
  uuid,
  type ObjectSchema,
  type Schema,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { ProductId } from '#src/kernel/ids.js';

const read = <T>(schema: ObjectSchema<T>, value: unknown): unknown => checkBody(schema, value);

describe('A schema', () => {
  const drink = object('Drink', {
    name: text(20),
    sweet: boolean().optional(),
    note: text(20).nullable().default(null),
    since: instant().nullable().default(null),
    size: integer({ min: 1, max: 3, not: 2 }).default(1),
  });

  it('A schema requires what is neither optional nor has a default', () => {
    expect(read(drink, { name: 'Tea' })).to.deep.equal({ name: 'Tea', note: null, since: null, size: 1 });
    expect(() => read(drink, {}))
      .to.throw()
      .with.nested.property('details.errors[0].pointer', '/name');
  });

  it('A schema lets every field of changes be absent', () => {
    expect(read(changes('DrinkChanges', { name: text(20), size: integer() }), {})).to.deep.equal({});
  });

  it('A schema refuses a number between its bounds that it must not be', () => {
    expect(() => read(drink, { name: 'Tea', size: 2 })).to.throw();
    expect(read(drink, { name: 'Tea', size: 3 })).to.have.property('size', 3);
  });

  it('A schema converts a value, and refuses one that can not be', () => {
    const even = integer().convert((given) => (given % 2 === 0 ? `${given} pieces` : null), 'must be even');
    const schema = object('Even', { even });
    expect(read(schema, { even: 4 })).to.deep.equal({ even: '4 pieces' });
    expect(() => read(schema, { even: 3 }))
      .to.throw()
      .with.nested.property('details.errors[0].detail', 'The even must be even.');
  });

  it('A schema takes a default from another field, or null where it has none', () => {
    const schema = object('Placed', { shelfId: uuid().nullable().defaultAt(['shelf', 'id']) }).open();
    expect(read(schema, { shelf: { id: 'a' } })).to.have.property('shelfId', 'a');
    for (const body of [
      {},
      { shelf: null },
      { shelf: 'a' },
      { shelf: { id: 1 } },
      { shelfId: null, shelf: { id: 'a' } },
    ])
      expect(read(schema, body), JSON.stringify(body)).to.have.property('shelfId', null);
  });
});

// Each violation is planted: where it compiled, the directive above it would be reported as unused.
describe('The type of a schema', () => {
  const product = object('PlantedProduct', {
    id: uuid<ProductId>(),
    name: string(),
    note: string().nullable(),
  });
  const adjustment = object('PlantedAdjustment', { delta: integer(), note: text(500).optional() });
  const row = {
    method: 'post',
    path: '/x',
    operationId: 'x',
    tag: 'X',
    access: 'anyone',
    summary: 'X',
  } as const;
  const accepts = (compiled: unknown): void => void expect(compiled).not.to.equal(undefined);
  const statuses = oneOf('pending', 'shipped');
  const sorts = keyOf({ name: 1, price: 2 });
  const adjust = (change: { readonly delta: number; readonly note?: string }) => change;
  const id = '0190a0a0-0000-7000-8000-000000000001' as ProductId;

  it('The type of a schema is the type of what is read', () => {
    const value: ValueOf<typeof adjustment> = { delta: 1 };
    // @ts-expect-error -- delta is a number
    const wrong: ValueOf<typeof adjustment> = { delta: '1' };
    // @ts-expect-error -- delta is required
    const missing: ValueOf<typeof adjustment> = { note: '' };
    // @ts-expect-error -- an absent note is no undefined one
    const absent: ValueOf<typeof adjustment> = { delta: 1, note: undefined };
    // @ts-expect-error -- there is no such status
    const status: ValueOf<typeof statuses> = 'lost';
    // @ts-expect-error -- there is no such sort
    const sort: ValueOf<typeof sorts> = 'weight';
    accepts([value, wrong, missing, absent, status, sort, statuses, sorts]);
  });

  it('The type of a schema is the type of what a default may be', () => {
    accepts(integer().default(3));
    // @ts-expect-error -- a default is of the type
    accepts(integer().default('3'));
    // @ts-expect-error -- null is none unless the schema is nullable
    accepts(text(5).default(null));
  });

  it('The type of a schema is that of the fields that a rule of an object names', () => {
    // @ts-expect-error -- there is no field weight
    expect(() => adjustment.notTogether('delta', 'weight')).not.to.throw();
  });

  it('The type of a schema does not become another one by assignment', () => {
    const texts: Schema<string> = text(5);
    // @ts-expect-error -- a schema of texts is none of numbers
    const numbers: Schema<number> = text(5);
    accepts([texts, numbers]);
  });

  it('The type of a schema is the type of the input of a handler', () => {
    const replies = { 204: {} } as const;
    const reply = noContent;
    accepts(route({ ...row, body: adjustment, replies, query: ({ body }) => void adjust(body), reply }));
    const asText = object('AdjustmentAsText', { delta: string(), note: text(500).optional() });
    // @ts-expect-error -- the handler wants a number
    accepts(route({ ...row, body: asText, replies, query: ({ body }) => void adjust(body), reply }));
    const unsure = object('UnsureAdjustment', { delta: integer().optional() });
    // @ts-expect-error -- the handler wants it always
    accepts(route({ ...row, body: unsure, replies, query: ({ body }) => void adjust(body), reply }));
    // @ts-expect-error -- the route has no body
    accepts(route({ ...row, replies, query: ({ body }) => void adjust(body), reply }));
  });

  it('The type of a schema is the type of what a reply renders', () => {
    const replies = { 200: { body: product } };
    const query = () => undefined;
    accepts(route({ ...row, replies, query, reply: () => ok({ id, name: 'Mug', note: null }) }));
    // @ts-expect-error -- the name is missing
    accepts(route({ ...row, replies, query, reply: () => ok({ id, note: null }) }));
    // @ts-expect-error -- a note is no number
    accepts(route({ ...row, replies, query, reply: () => ok({ id, name: 'Mug', note: 1 }) }));
    // @ts-expect-error -- 201 is not documented
    accepts(route({ ...row, replies, query, reply: () => created('/x', { id, name: 'Mug', note: null }) }));
    // @ts-expect-error -- 200 has a body
    accepts(route({ ...row, replies, query, reply: noContent }));
    // @ts-expect-error -- 204 has none
    accepts(route({ ...row, replies: { 204: {} }, query, reply: () => ({ status: 204, body: 'done' }) }));
  });

  it('The type of a schema is the type of the items of a page', () => {
    const replies = { 200: { body: pageOf('PlantedPage', product) } };
    const query = () => undefined;
    const items = [{ id, name: 'Mug', note: null }];
    accepts(route({ ...row, replies, query, reply: () => ok({ items, nextCursor: null }) }));
    // @ts-expect-error -- the items are no texts
    accepts(route({ ...row, replies, query, reply: () => ok({ items: ['Mug'], nextCursor: null }) }));
  });

  it('The type of a schema keeps a view from showing what is not documented', () => {
    const view = (name: string): ValueOf<typeof product> => ({ id, name, note: null });
    const leak = (name: string): ValueOf<typeof product> => ({
      id,
      name,
      note: null,
      // @ts-expect-error -- there is no such field
      cost: 3,
    });
    accepts([view, leak, array(product)]);
  });
});
