import { Ajv2020 } from 'ajv/dist/2020.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';

// The parts of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0) that this server's documents use, as a JSON schema. Members that the
// specification has and no document uses are left out: to use one, add it.

const text = { type: 'string', minLength: 1 };
const ref = { type: 'object', required: ['$ref'], properties: { $ref: text }, additionalProperties: false };
const closed = (properties: object, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const mapOf = (values: object, names: object = {}) => ({
  type: 'object',
  additionalProperties: values,
  propertyNames: { minLength: 1, ...names },
});
const orRef = (values: object) => ({ anyOf: [ref, values] });

/** JSON Schema 2020-12, which `everySchema` compiles. */
const schema = { type: ['object', 'boolean'] };
const content = mapOf(closed({ schema, example: {}, examples: { type: 'object' } }, ['schema']), {
  pattern: '^[\\w.+*-]+/[\\w.+*-]+',
});
const header = orRef(closed({ description: text, schema }, ['schema']));
const response = closed({ description: { type: 'string' }, headers: mapOf(header), content }, [
  'description',
]);
const parameter = closed(
  {
    name: text,
    in: { enum: ['path', 'query', 'header'] },
    required: { type: 'boolean' },
    description: text,
    schema,
    example: {},
  },
  ['name', 'in', 'schema'],
);
const operation = closed(
  {
    operationId: { type: 'string', pattern: '^[a-z]\\w*$' },
    tags: { type: 'array', items: text, minItems: 1 },
    summary: text,
    description: text,
    deprecated: { type: 'boolean' },
    'x-required-role': text,
    'x-required-scope': text,
    security: { type: 'array', items: mapOf({ type: 'array', items: text }) },
    parameters: { type: 'array', items: orRef(parameter) },
    requestBody: closed({ required: { type: 'boolean' }, content }, ['content']),
    responses: { ...mapOf(orRef(response), { pattern: '^[1-5](?:\\d\\d|XX)$' }), minProperties: 1 },
  },
  ['operationId', 'tags', 'summary', 'security', 'responses'],
);
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const scheme = {
  oneOf: [
    closed({ type: { const: 'http' }, scheme: text, bearerFormat: text, description: text }, [
      'type',
      'scheme',
    ]),
    closed(
      {
        type: { const: 'apiKey' },
        in: { enum: ['header', 'query', 'cookie'] },
        name: text,
        description: text,
      },
      ['type', 'in', 'name'],
    ),
  ],
};
const component = { pattern: '^[\\w.-]+$' };
const server = closed({ url: text, description: text }, ['url']);

const documentSchema = closed(
  {
    openapi: { const: '3.1.0' },
    info: closed(
      {
        title: text,
        version: text,
        description: text,
        contact: closed({ name: text, url: text }, []),
        license: closed({ name: text, identifier: text }, ['name']),
      },
      ['title', 'version'],
    ),
    servers: { type: 'array', items: server, minItems: 1 },
    tags: { type: 'array', items: closed({ name: text, description: text }, ['name']) },
    paths: mapOf(mapOf(operation, { enum: METHODS }), { pattern: '^/' }),
    webhooks: mapOf(mapOf(operation, { enum: METHODS }), { pattern: '^[\\w.]+$' }),
    components: closed(
      {
        schemas: mapOf(schema, component),
        responses: mapOf(response, component),
        parameters: mapOf(parameter, component),
        headers: mapOf(header, component),
        securitySchemes: mapOf(scheme, component),
      },
      [],
    ),
  },
  ['openapi', 'info', 'paths'],
);

/** Returns all objects below a value. */
const objectsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : [value as Readonly<Record<string, unknown>>];
  return [...own, ...Object.values(value).flatMap(objectsIn)];
};

const targetOf = (document: OpenApiDocument, reference: string): unknown =>
  reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);

/** Returns what is not OpenAPI 3.1 in a document, in words; nothing if it is valid. */
export const openApiFaults = (document: OpenApiDocument): readonly string[] => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const isDocument = ajv.compile(documentSchema);
  const shape = isDocument(document) ? [] : [ajv.errorsText(isDocument.errors, { separator: '\n' })];
  const all = objectsIn(document);
  const dangling = all.flatMap(({ $ref }) =>
    typeof $ref === 'string' && targetOf(document, $ref) === undefined ? [`${$ref} leads nowhere`] : [],
  );
  const described = { ...document.paths, ...(document['webhooks'] as OpenApiDocument['paths'] | undefined) };
  const operations = Object.values(described).flatMap((methods) => Object.values(methods));
  const ids = operations.map(({ operationId }) => operationId);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is there twice`);
  const named = (of: unknown) => new Set(Object.keys(of ?? {}));
  const schemes = named(document.components['securitySchemes']);
  const tags = new Set(((document['tags'] ?? []) as { name: string }[]).map(({ name }) => name));
  const unknown = operations.flatMap(({ operationId, security, tags: own }) => [
    ...(security as object[])
      .flatMap((each) => Object.keys(each))
      .filter((name) => !schemes.has(name))
      .map((name) => `${operationId}: there is no security scheme ${name}`),
    ...(own as string[])
      .filter((tag) => !tags.has(tag))
      .map((tag) => `${operationId}: there is no tag ${tag}`),
  ]);
  ajv.addSchema(document, 'document');
  const schemas = Object.keys(document.components.schemas).flatMap((name) => {
    try {
      ajv.compile({ $ref: `document#/components/schemas/${name}` });
      return [];
    } catch (error) {
      return [`${name}: ${String(error)}`];
    }
  });
  return [...shape, ...dangling, ...twice, ...unknown, ...schemas];
};
