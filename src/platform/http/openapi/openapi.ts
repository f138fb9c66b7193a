import { STATUS_CODES } from 'node:http';
import { isObjectSchema, type ObjectSchema, type Schema } from '#src/platform/schema/schema.js';
import type { ErrorEntry } from '#src/kernel/errors.js';
import { problemName, problemOfCode, problemsOf, problemSchema } from './problems.js';
import type { ProblemEntry } from '../pipeline/errors.js';
import { shareResponses } from './responses.js';
import type { Json, OpenApiDocument, Operation } from './document.js';
import { collectSchemas, exampleOf, partsOf, type JsonSchema, type SchemaCollection } from './schemas.js';
import { describeWebhooks, type WebhookDescription } from './webhooks.js';
import { costText } from '../routes/cost.js';
import { deprecationHeaders, deprecationText } from '../routes/deprecation.js';
import { REPLAYED_HEADER } from '../pipeline/run-idempotent.js';
import { REQUEST_ID } from '../pipeline/request-id.js';
import { acceptsKey } from '../pipeline/idempotency-key.js';
import type { Access, DocumentedReply, Route } from '../routes/route.js';

export interface ServerUrl {
  readonly url: string;
  readonly description: string;
}

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  /** Markdown. */
  readonly description: string;
  /** Bases of every path, the preferred one first; `/` by default. */
  readonly servers?: readonly ServerUrl[];
  readonly contact?: { readonly name: string; readonly url: string };
  /** Tags in the order of the document, with their descriptions. */
  readonly tags: Readonly<Record<string, string>>;
  /** What the server sends to other programs. */
  readonly webhooks?: readonly WebhookDescription[];
  /** Refusals of any call, whatever its route: those of the database. */
  readonly commonErrors?: readonly ErrorEntry[];
  /** Further refusals of any call that writes. */
  readonly commandErrors?: readonly ErrorEntry[];
  /** The scheme by which every call is authorised, and its name; by default the access tokens of users, for calls that need one. */
  readonly scheme?: { readonly name: string; readonly is: Json };
  /** Headers of every response; those of rate limits and the request's id by default. */
  readonly headers?: readonly string[];
}

/** Descriptions of the headers that are not common to all responses, by their names in the routes. */
const HEADERS: Readonly<Record<string, string>> = {
  Accept: 'Accepted media types',
  'Accept-Encoding': '`identity` if the body was compressed: send it uncompressed',
  'Accept-Patch': 'Media types accepted for PATCH (RFC 5789)',
  Deprecation: 'Time since which the call is deprecated (RFC 9745)',
  Sunset: 'Time after which the call may be removed (RFC 8594)',
  ETag: 'The version of the resource, for `If-Match` and `If-None-Match`',
  Link: 'The next page, `rel="next"` (RFC 8288); absent on the last page',
  Location: 'The path of the new resource',
  'Idempotent-Replayed':
    '`true` if this is the stored reply to an earlier request with the same `Idempotency-Key`',
  'Retry-After': 'Seconds to wait before the next attempt',
  'WWW-Authenticate':
    '`Bearer`, with `error="invalid_token"` if a token or key was sent, and with `error="insufficient_scope"` and the ' +
    'required `scope` if the key may not make the call (RFC 6750)',
  'RateLimit-Policy':
    'Limits that apply to the request: quota (`q`) per window in seconds (`w`); absent if shared caches may ' +
    'store the response',
  RateLimit:
    'Remaining quota of each limit (`r`) and seconds until it is reset (`t`); absent if shared caches may store ' +
    'the response',
  [REQUEST_ID]:
    'Id of the request in the logs; absent if the client sent one and shared caches may store the response',
};

/** Headers of every response to a client. */
const EVERYWHERE = ['RateLimit-Policy', 'RateLimit', REQUEST_ID];

const headerObjects = (names: readonly string[], { headers = EVERYWHERE }: ApiInfo): Json =>
  Object.fromEntries(
    [...names, ...headers].map((name) => {
      if (!Object.hasOwn(HEADERS, name)) throw new Error(`nothing is known of the header ${name}`);
      return [name, { $ref: `#/components/headers/${name}` }];
    }),
  );

/** Returns the headers to which a text of the document refers. */
const headerComponents = (text: string): Json =>
  Object.fromEntries(
    Object.entries(HEADERS)
      .filter(([name]) => text.includes(`#/components/headers/${name}"`))
      .map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

/** What the operations of a document have in common. */
interface Parts {
  readonly schemas: SchemaCollection;
  /** By the names of their components. */
  readonly parameters: Map<string, Json>;
  /** Responses that say nothing of the resource of their operation. */
  readonly generic: Set<Json>;
}

const openApiPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

const parametersIn = (where: 'path' | 'query', parameters: ObjectSchema, parts: Parts): readonly Json[] => {
  const { properties = {}, required = [] } = parts.schemas.add(parameters, 'input') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  const examples = partsOf(parameters);
  return Object.entries(properties).map(([name, { description, ...schema }]) => {
    const parameter = {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: { ...schema, ...examples[name]?.samples },
      ...examples[name]?.example,
    };
    return isShared(name) ? shareParameter(SHARED_PARAMETERS[name], parameter, parts) : parameter;
  });
};

/** Parameters that are the same in every list, with the names of their components. */
const SHARED_PARAMETERS = { limit: 'Limit', after: 'After' } as const;

const isShared = (name: string): name is keyof typeof SHARED_PARAMETERS =>
  Object.hasOwn(SHARED_PARAMETERS, name);

/** Returns the reference to a parameter that several operations have. */
const shareParameter = (component: string, parameter: Json, { parameters }: Parts): Json => {
  parameters.set(component, parameter);
  return { $ref: `#/components/parameters/${component}` };
};

interface HeaderParameter {
  readonly component: string;
  readonly name: string;
  readonly description: string;
  readonly schema?: JsonSchema;
  /** Sent as it is by pages and programs that fill requests in, so it has to let every request pass. */
  readonly example?: string;
}

const headerParameter = ({ component, schema, ...facts }: HeaderParameter, parts: Parts): Json =>
  shareParameter(
    component,
    { ...facts, in: 'header', required: false, schema: { type: 'string', ...schema } },
    parts,
  );

const IF_MATCH: HeaderParameter = {
  component: 'IfMatch',
  name: 'If-Match',
  description: 'Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise',
  example: '*',
};

const IF_NONE_MATCH: HeaderParameter = {
  component: 'IfNoneMatch',
  name: 'If-None-Match',
  description: 'Changes the resource only if its `ETag` is none of these; 412 otherwise',
  example: '"0"',
};

const IF_CHANGED: HeaderParameter = {
  component: 'IfChanged',
  name: 'If-None-Match',
  description: 'Returns 304 if the `ETag` of the resource is one of these',
  example: '"0"',
};

const IDEMPOTENCY_KEY: HeaderParameter = {
  component: 'IdempotencyKey',
  name: 'Idempotency-Key',
  description:
    'Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed ' +
    'twice. 1 to 255 characters, such as a UUID',
  // Not the example of the parameter: a key that every caller sends as it is would replay their first reply.
  schema: { minLength: 1, maxLength: 512, examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'] },
};

/** Returns whether the route supports conditional reads: a GET whose response has an entity-tag. */
const hasTag = (route: Route): boolean =>
  route.method === 'get' && (route.replies[200]?.headers ?? []).includes('ETag');

const parametersOf = (route: Route, parts: Parts): readonly Json[] => [
  ...(route.params === undefined ? [] : parametersIn('path', route.params, parts)),
  ...(route.search === undefined ? [] : parametersIn('query', route.search, parts)),
  ...[
    ...(route.ifMatch === undefined ? [] : [IF_MATCH, IF_NONE_MATCH]),
    ...(acceptsKey(route) ? [IDEMPOTENCY_KEY] : []),
    ...(hasTag(route) ? [IF_CHANGED] : []),
  ].map((header) => headerParameter(header, parts)),
];

/** A body that is a text of rows, and the schema of each. */
interface RowsIn {
  readonly rows: Schema | undefined;
  readonly mediaType: string;
  readonly mode: 'input' | 'output';
}

/** Returns the keywords of JSON Schema that say of a text that it is a list of rows (OpenAPI 3.2 has `itemSchema` for it). */
const contentOfText = ({ rows, mediaType, mode }: RowsIn, schemas: SchemaCollection): Json =>
  rows === undefined
    ? {}
    : {
        contentMediaType: mediaType,
        contentSchema: {
          type: 'array',
          items: schemas.add(rows, mode),
          examples: [[exampleOf(rows, mode)]],
        },
      };

const contentOf = (
  { mediaType = 'application/json', alternatives = {}, example, rows }: DocumentedReply,
  body: Schema,
  schemas: SchemaCollection,
): Json => {
  const contentIn = (type: string, schema: Schema, changed?: object): Json => {
    const whole = exampleOf(schema, 'output');
    const shown = changed === undefined ? whole : { ...(whole as object), ...changed };
    return {
      schema: {
        ...schemas.add(schema, 'output'),
        ...contentOfText({ rows, mediaType: type, mode: 'output' }, schemas),
      },
      ...(shown !== undefined && { example: shown }),
    };
  };
  return Object.fromEntries([
    ...[mediaType].flat().map((type) => [type, contentIn(type, body, example)]),
    ...Object.entries(alternatives).map(([type, schema]) => [type, contentIn(type, schema)]),
  ]) as Json;
};

/** Returns what the component of a body is described as. */
const descriptionOfBody = (body: Schema | undefined): string | undefined =>
  body !== undefined && isObjectSchema(body) ? body.component?.description : undefined;

const replyObject = (
  status: number,
  reply: DocumentedReply,
  info: ApiInfo,
  schemas: SchemaCollection,
): Json => ({
  description: reply.description ?? descriptionOfBody(reply.body) ?? STATUS_CODES[status] ?? String(status),
  headers: headerObjects(reply.headers ?? [], info),
  ...(reply.body !== undefined && { content: contentOf(reply, reply.body, schemas) }),
});

const problemHeaders = ({ method, access }: Route): Readonly<Record<number, readonly string[]>> => ({
  401: ['WWW-Authenticate'],
  403: access === 'anyone' ? [] : ['WWW-Authenticate'],
  415: ['Accept-Encoding', method === 'patch' ? 'Accept-Patch' : 'Accept'],
  429: ['Retry-After'],
  503: ['Retry-After'],
});

/** Returns the schema of a problem with one of several codes, which `code` tells apart. */
const anyOfProblems = (entries: readonly ProblemEntry[], schemas: SchemaCollection): JsonSchema => {
  const references = entries.map((entry) => ({
    code: entry.code,
    $ref: schemas.define(problemName(entry.code), () => problemOfCode(entry)),
  }));
  const [first, ...others] = references;
  if (first !== undefined && others.length === 0) return { $ref: first.$ref };
  return {
    oneOf: references.map(({ $ref }) => ({ $ref })),
    discriminator: {
      propertyName: 'code',
      mapping: Object.fromEntries(references.map(({ code, $ref }) => [code, $ref])),
    },
  };
};

const responsesOf = (
  route: Route,
  info: ApiInfo,
  { schemas, generic }: Parts,
): Readonly<Record<string, Json>> => {
  const responses: Record<string, Json> = {};
  const deprecation = Object.keys(deprecationHeaders(route));
  for (const [status, reply] of Object.entries(route.replies)) {
    const headers = [
      ...(reply.headers ?? []),
      ...(acceptsKey(route) ? [REPLAYED_HEADER] : []),
      ...deprecation,
    ];
    responses[status] = replyObject(Number(status), { ...reply, headers }, info, schemas);
  }
  if (hasTag(route)) {
    responses['304'] = {
      description: 'Not modified: the `ETag` is one of `If-None-Match`',
      headers: headerObjects(['ETag', ...deprecation], info),
    };
    generic.add(responses['304']);
  }
  const own = new Set((route.errors ?? []).map(({ code }) => code));
  schemas.add(problemSchema, 'output');
  for (const [status, entries] of problemsOf(route, info)) {
    const codes = entries.map(({ code }) => code);
    const response = {
      description: entries.map(({ code, message }) => `- \`${code}\`: ${message}`).join('\n'),
      headers: headerObjects([...(problemHeaders(route)[status] ?? []), ...deprecation], info),
      content: { 'application/problem+json': { schema: anyOfProblems(entries, schemas) } },
    };
    responses[String(status)] = response;
    if (!codes.some((code) => own.has(code))) generic.add(response);
  }
  return responses;
};

/** Returns the content of a request that is read while it arrives. */
const uploadContent = ({ upload = {}, uploadRows }: Route, schemas: SchemaCollection): Json =>
  Object.fromEntries(
    Object.entries(upload).map(([mediaType, schema]) => [
      mediaType,
      {
        schema: {
          ...schemas.add(schema, 'input'),
          ...contentOfText({ rows: uploadRows, mediaType, mode: 'input' }, schemas),
        },
        example: exampleOf(schema, 'input'),
      },
    ]),
  );

/** Returns the content of a request: JSON, which a PATCH may also call a merge patch (RFC 7396). */
const requestContent = ({ method }: Route, body: Schema, schemas: SchemaCollection): Json => {
  const example = exampleOf(body, 'input');
  const content = { schema: schemas.add(body, 'input'), ...(example !== undefined && { example }) };
  return {
    'application/json': content,
    ...(method === 'patch' && { 'application/merge-patch+json': content }),
  };
};

const descriptionOf = (route: Route): { readonly description?: string } => {
  const paragraphs = [route.description ?? null, costText(route), deprecationText(route)].filter(
    (each) => each !== null,
  );
  return paragraphs.length === 0 ? {} : { description: paragraphs.join('\n\n') };
};

/** The scheme of the access token, and the role that it has to have (OpenAPI 3.1: names of roles). */
const OF_USERS: Readonly<Record<Access, readonly Json[]>> = {
  anyone: [],
  user: [{ bearer: [] }],
  admin: [{ bearer: ['admin'] }],
};

/** Returns the alternatives by which a call is authorised. */
const securityOf = ({ access, scope }: Route): readonly Json[] => [
  ...OF_USERS[access],
  ...(scope === undefined ? [] : [{ apiKey: [scope] }]),
];

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    'The `accessToken` of `POST /auth/signup`, `POST /auth/login` or `POST /auth/refresh`. Operations with the scope ' +
    '`admin` require the token of an administrator.',
};

const operationOf = (route: Route, info: ApiInfo, parts: Parts): Operation => ({
  operationId: route.operationId,
  tags: [route.tag],
  summary: route.access === 'admin' ? `${route.summary} (administrators)` : route.summary,
  ...descriptionOf(route),
  ...(route.access === 'admin' && { 'x-required-role': 'admin' }),
  ...(route.scope !== undefined && { 'x-required-scope': route.scope }),
  ...(route.deprecated !== undefined && { deprecated: true }),
  security: info.scheme === undefined ? securityOf(route) : [{ [info.scheme.name]: [] }],
  parameters: parametersOf(route, parts),
  ...(route.upload !== undefined && {
    requestBody: { required: true, content: uploadContent(route, parts.schemas) },
  }),
  ...(route.body !== undefined && {
    requestBody: {
      required: route.bodyOptional !== true,
      content: requestContent(route, route.body, parts.schemas),
    },
  }),
  responses: responsesOf(route, info, parts),
});

const API_KEY = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'pk_…',
  description:
    'An API key of the shop, for programs: sent in place of an access token. An operation names the scope that it requires; ' +
    'without one, it is closed to keys. A key acts for the shop and is no customer.',
};

/** Returns the schemes that the routes refer to. */
const schemesOf = (table: readonly Route[], { scheme }: ApiInfo): Json => {
  if (scheme !== undefined) return { [scheme.name]: scheme.is };
  return { bearer: BEARER, ...(table.some(({ scope }) => scope !== undefined) && { apiKey: API_KEY }) };
};

/** Returns the OpenAPI 3.1 document of the route table: everything in it, and nothing else. */
export const describeApi = (table: readonly Route[], info: ApiInfo): OpenApiDocument => {
  const schemas = collectSchemas();
  const generic = new Set<Json>();
  const parameters = new Map<string, Json>();
  const paths: Record<string, Record<string, Operation>> = {};
  const tags = Object.keys(info.tags);
  for (const route of table.toSorted((one, other) => tags.indexOf(one.tag) - tags.indexOf(other.tag))) {
    const path = openApiPath(route.path);
    paths[path] = {
      ...paths[path],
      [route.method]: operationOf(route, info, { schemas, generic, parameters }),
    };
  }
  const webhooks = describeWebhooks(info.webhooks ?? [], schemas);
  const shared = shareResponses(paths, (response) => generic.has(response));
  return {
    openapi: '3.1.0',
    info: {
      title: info.title,
      version: info.version,
      description: info.description,
      ...(info.contact !== undefined && { contact: info.contact }),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: info.servers ?? [{ url: '/' }],
    tags: Object.entries(info.tags).map(([name, description]) => ({ name, description })),
    paths: shared.paths,
    ...(info.webhooks !== undefined && { webhooks }),
    components: {
      schemas: schemas.all(),
      responses: shared.responses,
      parameters: Object.fromEntries(parameters),
      headers: headerComponents(JSON.stringify(shared)),
      securitySchemes: schemesOf(table, info),
    },
  };
};
