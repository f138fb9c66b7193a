import { STATUS_CODES } from 'node:http';
import type { Schema } from '#src/platform/schema/schema.js';
import type { ErrorEntry } from '#src/kernel/errors.js';
import { problemsOf, problemSchema } from './problems.js';
import { shareResponses } from './responses.js';
import type { Json, OpenApiDocument, Operation } from './document.js';
import { collectSchemas, exampleOf, type JsonSchema, type SchemaCollection } from './schemas.js';
import { costText } from '../routes/cost.js';
import { REPLAYED_HEADER } from '../pipeline/run-idempotent.js';
import { REQUEST_ID } from '../pipeline/request-id.js';
import { acceptsKey } from '../pipeline/idempotency-key.js';
import type { DocumentedReply, Route } from '../routes/route.js';

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  /** Markdown. */
  readonly description: string;
  /** The base of every path; `/` by default. */
  readonly serverUrl?: string;
  /** Tags in the order of the document, with their descriptions. */
  readonly tags: Readonly<Record<string, string>>;
  /** Refusals of any call, whatever its route: those of the database. */
  readonly commonErrors?: readonly ErrorEntry[];
  /** Further refusals of any call that writes. */
  readonly commandErrors?: readonly ErrorEntry[];
}

/** Descriptions of the headers that are not common to all responses, by their names in the routes. */
const HEADERS: Readonly<Record<string, string>> = {
  Accept: 'Accepted media types',
  'Accept-Encoding': '`identity` if the body was compressed: send it uncompressed',
  'Accept-Patch': 'Media types accepted for PATCH (RFC 5789)',
  ETag: 'The version of the resource, for `If-Match` and `If-None-Match`',
  Link: 'The next page, `rel="next"` (RFC 8288); absent on the last page',
  Location: 'The path of the new resource',
  'Idempotent-Replayed':
    '`true` if this is the stored reply to an earlier request with the same `Idempotency-Key`',
  'Retry-After': 'Seconds to wait before the next attempt',
  'WWW-Authenticate': '`Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750)',
  'RateLimit-Policy':
    'Limits that apply to the request: quota (`q`) per window in seconds (`w`); absent if shared caches may ' +
    'store the response',
  RateLimit:
    'Remaining quota of each limit (`r`) and seconds until it is reset (`t`); absent if shared caches may store ' +
    'the response',
  [REQUEST_ID]:
    'Id of the request in the logs; absent if the client sent one and shared caches may store the response',
};

/** Headers of every response. */
const EVERYWHERE = ['RateLimit-Policy', 'RateLimit', REQUEST_ID];

const headerObjects = (names: readonly string[]): Json =>
  Object.fromEntries(
    [...names, ...EVERYWHERE].map((name) => {
      if (!Object.hasOwn(HEADERS, name)) throw new Error(`nothing is known of the header ${name}`);
      return [name, { $ref: `#/components/headers/${name}` }];
    }),
  );

const headerComponents = (): Json =>
  Object.fromEntries(
    Object.entries(HEADERS).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

const openApiPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

const parametersIn = (where: 'path' | 'query', json: JsonSchema): readonly Json[] => {
  const { properties = {}, required = [] } = json as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
};

const headerParameter = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
});

/** Returns whether the route supports conditional reads: a GET whose response has an entity-tag. */
const hasTag = (route: Route): boolean =>
  route.method === 'get' && (route.replies[200]?.headers ?? []).includes('ETag');

const IDEMPOTENCY_KEY =
  'Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed ' +
  'twice. 1 to 255 characters, such as a UUID';

const parametersOf = (route: Route, schemas: SchemaCollection): readonly Json[] => [
  ...(route.params === undefined ? [] : parametersIn('path', schemas.add(route.params, 'input'))),
  ...(route.search === undefined ? [] : parametersIn('query', schemas.add(route.search, 'input'))),
  ...(route.ifMatch === undefined
    ? []
    : [
        headerParameter('If-Match', 'Changes the resource only if its `ETag` is one of these; 412 otherwise'),
        headerParameter(
          'If-None-Match',
          'Changes the resource only if its `ETag` is none of these; 412 otherwise',
        ),
      ]),
  ...(acceptsKey(route) ? [headerParameter('Idempotency-Key', IDEMPOTENCY_KEY)] : []),
  ...(hasTag(route)
    ? [headerParameter('If-None-Match', 'Returns 304 if the `ETag` of the resource is one of these')]
    : []),
];

const contentOf = ({ mediaType = 'application/json' }: DocumentedReply, schema: JsonSchema): Json =>
  Object.fromEntries([mediaType].flat().map((type) => [type, { schema }]));

const replyObject = (status: number, reply: DocumentedReply, schemas: SchemaCollection): Json => ({
  description: reply.description ?? STATUS_CODES[status] ?? String(status),
  headers: headerObjects(reply.headers ?? []),
  ...(reply.body !== undefined && { content: contentOf(reply, schemas.add(reply.body, 'output')) }),
});

const problemHeaders = ({ method }: Route): Readonly<Record<number, readonly string[]>> => ({
  401: ['WWW-Authenticate'],
  415: ['Accept-Encoding', method === 'patch' ? 'Accept-Patch' : 'Accept'],
  429: ['Retry-After'],
  503: ['Retry-After'],
});

const responsesOf = (
  route: Route,
  info: ApiInfo,
  schemas: SchemaCollection,
): Readonly<Record<string, Json>> => {
  const responses: Record<string, Json> = {};
  for (const [status, reply] of Object.entries(route.replies)) {
    const headers = [...(reply.headers ?? []), ...(acceptsKey(route) ? [REPLAYED_HEADER] : [])];
    responses[status] = replyObject(Number(status), { ...reply, headers }, schemas);
  }
  if (hasTag(route)) {
    responses['304'] = {
      description: 'Not modified: the `ETag` is one of `If-None-Match`',
      headers: headerObjects(['ETag']),
    };
  }
  const problem = schemas.add(problemSchema, 'output');
  for (const [status, entries] of problemsOf(route, info)) {
    const codes = entries.map(({ code }) => code);
    responses[String(status)] = {
      description: entries.map(({ code, message }) => `- \`${code}\`: ${message}`).join('\n'),
      headers: headerObjects(problemHeaders(route)[status] ?? []),
      content: {
        'application/problem+json': {
          schema: { allOf: [problem, { properties: { code: { enum: codes } } }] },
        },
      },
    };
  }
  return responses;
};

/** Returns the content of a request: JSON, which a PATCH may also call a merge patch (RFC 7396). */
const requestContent = ({ method }: Route, body: Schema, schemas: SchemaCollection): Json => {
  const example = exampleOf(body);
  const content = { schema: schemas.add(body, 'input'), ...(example !== undefined && { example }) };
  return {
    'application/json': content,
    ...(method === 'patch' && { 'application/merge-patch+json': content }),
  };
};

const descriptionOf = (route: Route): { readonly description?: string } => {
  const paragraphs = [route.description ?? null, costText(route)].filter((each) => each !== null);
  return paragraphs.length === 0 ? {} : { description: paragraphs.join('\n\n') };
};

const operationOf = (route: Route, info: ApiInfo, schemas: SchemaCollection): Operation => ({
  operationId: route.operationId,
  tags: [route.tag],
  summary: route.summary,
  ...descriptionOf(route),
  security: route.access === 'anyone' ? [] : [{ bearer: [] }],
  parameters: parametersOf(route, schemas),
  ...(route.body !== undefined && {
    requestBody: {
      required: route.bodyOptional !== true,
      content: requestContent(route, route.body, schemas),
    },
  }),
  responses: responsesOf(route, info, schemas),
});

/** Returns the OpenAPI 3.1 document of the route table: everything in it, and nothing else. */
export const describeApi = (table: readonly Route[], info: ApiInfo): OpenApiDocument => {
  const schemas = collectSchemas();
  const paths: Record<string, Record<string, Operation>> = {};
  const tags = Object.keys(info.tags);
  for (const route of table.toSorted((one, other) => tags.indexOf(one.tag) - tags.indexOf(other.tag))) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method]: operationOf(route, info, schemas) };
  }
  const shared = shareResponses(paths);
  return {
    openapi: '3.1.0',
    info: {
      title: info.title,
      version: info.version,
      description: info.description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: info.serverUrl ?? '/' }],
    tags: Object.entries(info.tags).map(([name, description]) => ({ name, description })),
    paths: shared.paths,
    components: {
      schemas: schemas.all(),
      responses: shared.responses,
      headers: headerComponents(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
};
