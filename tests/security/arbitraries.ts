import fc, { type Arbitrary } from 'fast-check';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { documentedParameters, type JsonSchema as PlainSchema } from '../support/operations.js';

// Requests made from the OpenAPI document: good ones by its schemas, and ones that are off in one place.

interface JsonSchema extends PlainSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
}

/** A place in a request that is filled when it is sent: with something from an earlier response. */
export interface Hole {
  /** What belongs there: `products`, `etag`, `refreshToken`. */
  readonly hole: string;
  readonly pick: number;
  /** What stands there as long as nothing is known. */
  readonly otherwise: string;
}

export interface Request {
  readonly operationId: string;
  readonly caller: 'admin' | 'ada' | 'key' | 'latest' | 'nobody' | 'stranger';
  readonly params: readonly unknown[];
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined sends none; what is `raw` is sent as it is. */
  readonly body: { readonly json: unknown } | { readonly raw: string } | undefined;
}

const hole = (name: string, otherwise: Arbitrary<string>): Arbitrary<Hole> =>
  fc.record({ hole: fc.constant(name), pick: fc.nat(50), otherwise });

/** Texts that have broken something somewhere. */
const ODD_TEXTS = [
  ...['', ' ', '\0', '\ud800', '\u200f', '\r\nX-Injected: 1', '../../etc/passwd', '%00', '%', '_', "'", '"'],
  ...["' OR '1'='1", '1; DROP TABLE users', '${7*7}', '{"$ne":null}', '__proto__', 'constructor', 'null'],
  ...['İ', 'ﷺ'.repeat(30), '😀'.repeat(60), 'x'.repeat(2_500), '-1', '1e999', '0x10'],
];

const ODD_VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, -0, 1.005, 1e308, 2 ** 31, 2 ** 53, 999_999_999, [], [[]], {}, { $ne: null }],
  ...ODD_TEXTS,
  'x'.repeat(20_000),
];

const odd = (): Arbitrary<unknown> => fc.constantFrom(...ODD_VALUES);

/** Things by the names that their ids have in bodies: `productId` is the id of one of the products. */
const PLURALS: Readonly<Record<string, string>> = {
  productId: 'products',
  categoryId: 'categories',
  category: 'categories',
  addressId: 'addresses',
  customerId: 'users',
};

/** Fields whose good values can't be guessed. */
const KNOWN_FIELDS: Readonly<Record<string, string>> = {
  ...{ after: 'nextCursor', refreshToken: 'refreshToken', email: 'email', login: 'email' },
  ...{ password: 'password', currentPassword: 'password', token: 'token' },
};

const texts = ({ minLength = 0, maxLength = 60, pattern, format }: JsonSchema): Arbitrary<string> => {
  if (format === 'date-time')
    return fc
      .date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
      .map((date) => date.toISOString());
  if (format === 'email') return fc.emailAddress();
  if (format === 'uri') return fc.webUrl();
  if (pattern !== undefined && !pattern.startsWith('[^')) return fc.stringMatching(new RegExp(pattern));
  const bounds = { minLength, maxLength: Math.min(maxLength, 60) };
  const visible = (text: string): string => (pattern === undefined ? text : `x${text}`.slice(0, maxLength));
  return fc
    .string({ ...bounds, unit: 'binary' })
    .map((text) => visible(text.toWellFormed().replaceAll('\0', ' ')));
};

const numbers = ({ minimum = -1000, maximum = 1000 }: JsonSchema): Arbitrary<number> =>
  fc.integer({ min: minimum * 100, max: Math.min(maximum, 1e9) * 100 }).map((cents) => cents / 100);

const resolved = (given: JsonSchema, openApi: OpenApiDocument): JsonSchema => {
  const schemas = openApi.components.schemas as Readonly<Record<string, JsonSchema>>;
  return given.$ref === undefined ? given : (schemas[given.$ref.split('/').at(-1) ?? ''] ?? {});
};

/** Good values of a schema; `name` is that of the field or parameter. */
const valuesOf = (given: JsonSchema, name: string, openApi: OpenApiDocument): Arbitrary<unknown> => {
  const schema = resolved(given, openApi);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, name, openApi)));
  if (name === 'country') return fc.constantFrom('IE', 'us', 'Gb');
  const known = KNOWN_FIELDS[name];
  if (schema.format === 'uuid') return hole(PLURALS[name] ?? name, fc.uuid());
  const ofType = (type: string): Arbitrary<unknown> => {
    if (type === 'null') return fc.constant(null);
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer')
      return fc.integer({ min: schema.minimum ?? -1000, max: Math.min(schema.maximum ?? 1000, 1e6) });
    if (type === 'number') return numbers(schema);
    if (type === 'array') return fc.array(valuesOf(schema.items ?? {}, name, openApi), { maxLength: 3 });
    if (type === 'object') return objectsOf(schema, openApi);
    return known === undefined ? texts(schema) : fc.oneof(hole(known, texts(schema)), texts(schema));
  };
  const { type = 'string' } = schema;
  return typeof type === 'string' ? ofType(type) : fc.oneof(...type.map(ofType));
};

/** Removes all of the fields but one. */
const keepOne = (object: object, names: readonly string[], pick: number): object => {
  const present = names.filter((name) => name in object);
  const kept = present[pick % Math.max(1, present.length)];
  return Object.fromEntries(
    Object.entries(object).filter(([name]) => name === kept || !present.includes(name)),
  );
};

/** Read-only fields are left out: a good value of them is the present one alone. Of fields that exclude each other there is one. */
const objectsOf = (
  { properties = {}, required = [], oneOf = [], not }: JsonSchema,
  openApi: OpenApiDocument,
): Arbitrary<object> => {
  const writable = Object.entries(properties).filter(([, { readOnly }]) => readOnly !== true);
  const exactlyOne = oneOf.flatMap((schema) => schema.required ?? []);
  const objects = fc.record(
    Object.fromEntries(writable.map(([name, schema]) => [name, valuesOf(schema, name, openApi)])),
    { requiredKeys: [...required, ...exactlyOne] },
  );
  return fc
    .tuple(objects, fc.nat(20))
    .map(([object, pick]) => keepOne(keepOne(object, exactlyOne, pick), not?.required ?? [], pick));
};

/** The same with something odd in one place, which may be a read-only field, a field too many or too few, or no JSON at all. */
const spoilt = (bodies: Arbitrary<object>, fields: readonly string[]): Arbitrary<Request['body']> =>
  fc.tuple(bodies, fc.nat(20), odd(), fc.nat(6)).map(([body, at, value, how]): Request['body'] => {
    const names = how === 5 ? fields : Object.keys(body);
    const name = names[at % Math.max(1, names.length)] ?? 'name';
    if (how === 0) return { json: value };
    if (how === 1) return { raw: JSON.stringify(body).slice(0, at) };
    if (how === 2) return { json: { ...body, [`${name}x`]: value } };
    if (how === 3) return { json: Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)) };
    return { json: { ...body, [name]: value } };
  });

/** Nine of ten good, one odd. */
const mostly = (good: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.oneof({ arbitrary: good, weight: 9 }, { arbitrary: fc.constantFrom(...ODD_TEXTS), weight: 1 });

/** One of four is there. */
const seldom = (values: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: values, weight: 1 });

/** What stands in paths before an id: `/cart/:productId` has one of the products. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ cart: 'products', order: 'orders', customers: 'users', deliveries: 'eventId' },
};

/** What a path is about: the last of its parts that is fixed. */
export const kindOf = (path: string): string => {
  const words = path.split('/').filter((word) => word !== '' && !/^[:{]|^(mine|me)$/.test(word));
  const last = words.at(-1) ?? '';
  return KINDS[last] ?? last;
};

const NDJSON = 'application/x-ndjson';

/** A line of a file of products, which the document describes in words. */
const FILE_ROW: JsonSchema = {
  type: 'object',
  properties: {
    sku: { type: 'string', pattern: '^[!-~]{1,64}$' },
    name: { type: 'string', minLength: 1 },
    price: { type: 'number', minimum: 0 },
    quantity: { type: 'integer', minimum: 0 },
  },
  required: ['sku', 'name', 'price'],
};

/** Files of products, some of whose lines are odd. */
const filesOf = (openApi: OpenApiDocument): Arbitrary<Request['body']> =>
  fc
    .array(mostly(valuesOf(FILE_ROW, '', openApi)), { maxLength: 5 })
    .map((rows) => ({ raw: rows.map((row) => JSON.stringify(row)).join('\n') }));

const HEADERS: Readonly<Record<string, Arbitrary<unknown>>> = {
  'If-Match': fc.oneof(hole('etag', fc.constant('"1"')), fc.constantFrom('*', 'W/"1"', '"', '1', '')),
  'If-None-Match': fc.oneof(hole('etag', fc.constant('"1"')), fc.constantFrom('*', '"', '""')),
  'Idempotency-Key': fc.constantFrom('one', '"two"', 'three', '"', 'x'.repeat(255), 'x'.repeat(256)),
};

const CALLERS: Arbitrary<Request['caller']> = fc.constantFrom(
  ...([
    'admin',
    'admin',
    'admin',
    'admin',
    'ada',
    'ada',
    'ada',
    'key',
    'key',
    'latest',
    'nobody',
    'stranger',
  ] as const),
);

/** Requests to one row, as the document describes it. */
const requestsTo = (row: Route, openApi: OpenApiDocument): Arbitrary<Request> => {
  const operation = openApi.paths[row.path.replaceAll(/:(\w+)/g, '{$1}')]?.[row.method] as {
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  };
  const { requestBody } = operation;
  const parameters = documentedParameters(openApi, row);
  const named = (where: string) => parameters.filter((parameter) => parameter.in === where);
  const given = requestBody?.content['application/json']?.schema;
  const schema = given && resolved(given, openApi);
  const bodies = schema && (valuesOf(schema, '', openApi) as Arbitrary<object>);
  const good = bodies?.map((json): Request['body'] => ({ json }));
  const isFile = requestBody?.content[NDJSON] !== undefined;
  const segments = row.path.split('/');
  const files: Readonly<Record<string, string>> = {
    getDocsAsset: 'swagger-ui.min.css',
    getDemoPicture: 'cof-house-250.svg',
  };
  const file = files[row.operationId];
  const paramOf = (segment: string, at: number): Arbitrary<unknown> =>
    file !== undefined
      ? fc.constantFrom(file, '..%2fpackage.json', 'nothing')
      : mostly(hole(kindOf(segments.slice(0, at).join('/')), fc.uuid()));
  return fc.record({
    operationId: fc.constant(row.operationId),
    caller: CALLERS,
    params: fc.tuple(
      ...segments.flatMap((segment, at) => (segment.startsWith(':') ? [paramOf(segment, at)] : [])),
    ),
    query: fc.record(
      Object.fromEntries(
        named('query').map(({ name, schema: wanted }) => [
          name,
          seldom(mostly(valuesOf(wanted, name, openApi))),
        ]),
      ),
    ),
    headers: fc
      .record(
        Object.fromEntries(
          named('header').map(({ name }) => [name, seldom(HEADERS[name] ?? fc.constant('x'))]),
        ),
      )
      .map((headers) => (isFile ? { ...headers, 'Content-Type': NDJSON } : headers)),
    body:
      bodies === undefined || good === undefined
        ? fc.option(isFile ? filesOf(openApi) : fc.constant(undefined), { nil: undefined })
        : fc.oneof(
            { arbitrary: good, weight: 3 },
            { arbitrary: spoilt(bodies, Object.keys(schema?.properties ?? {})), weight: 1 },
          ),
  });
};

/** Requests to any row of the table. */
export const requests = (table: readonly Route[], openApi: OpenApiDocument): Arbitrary<Request> =>
  fc.oneof(...table.map((row) => requestsTo(row, openApi)));
