import { AssertionError } from 'chai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { problemName } from '#src/platform/http/openapi/problems.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, undefined when there is none. */
  readonly body: unknown;
}

/**
 * Throws an AssertionError for a response that the document does not describe. Returns the id of the operation; null if the request
 * is for none.
 */
export type AssertDocumented = (method: string, path: string, answer: Answer) => string | null;

/** Headers of the protocol and of the platform, which every response may carry and no operation lists. */
const COMMON = new Set([
  'access-control-allow-origin',
  'access-control-expose-headers',
  'cache-control',
  'connection',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-resource-policy',
  'date',
  'keep-alive',
  'referrer-policy',
  'strict-transport-security',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
  'x-frame-options',
]);

interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, unknown>>;
}

const fail = (message: string): never => {
  throw new AssertionError(`undocumented answer: ${message}`);
};

/** `/orders/mine` is closer to `/orders/mine` than to `/orders/{id}`. */
const parametersIn = (template: string): number => template.split('{').length;

const pathMatcher = (paths: readonly string[]): ((path: string) => readonly string[]) => {
  const patterns = paths
    .toSorted((a, b) => parametersIn(a) - parametersIn(b))
    .map((template) => ({ template, pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  return (path) => patterns.filter(({ pattern }) => pattern.test(path)).map(({ template }) => template);
};

const escape = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

interface ProblemSchema {
  readonly properties?: object;
  readonly allOf?: readonly ProblemSchema[];
}

const membersOfProblem = ({ components }: OpenApiDocument, code: string): ReadonlySet<string> => {
  const schemas = [components.schemas['Problem'], components.schemas[problemName(code)]] as ProblemSchema[];
  const parts = schemas.flatMap((schema) => [schema, ...(schema.allOf ?? [])]);
  return new Set(parts.flatMap(({ properties = {} }) => Object.keys(properties)));
};

const checkerOf = (openApi: OpenApiDocument): AssertDocumented => {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(openApi, 'openapi');
  const templatesOf = pathMatcher(Object.keys(openApi.paths));

  const assertBody = (pointer: string, body: unknown, where: string): void => {
    const validate = ajv.getSchema(`openapi#${pointer}`) ?? ajv.compile({ $ref: `openapi#${pointer}` });
    if (validate(body) !== true) {
      fail(
        `${where}: the body is not what is documented: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`,
      );
    }
  };

  /** A problem may have members of its own kind, so that its schema is open; but those that the shop sends are all documented. */
  const assertMembers = (body: unknown, where: string): void => {
    const { code = '' } = body as { readonly code?: string };
    const documented = membersOfProblem(openApi, code);
    const unknown = Object.keys(body as object).find((name) => !documented.has(name));
    if (unknown !== undefined) fail(`${where}: the member ${unknown} of ${code}`);
  };

  const assertResponse = (
    pointer: string,
    response: DocumentedResponse,
    answer: Answer,
    where: string,
  ): void => {
    const documented = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
    const header = Object.keys(answer.headers).find((name) => !COMMON.has(name) && !documented.has(name));
    if (header !== undefined) fail(`${where}: header ${header}`);
    if (response.content === undefined) {
      if (answer.body !== undefined) fail(`${where}: it has a body`);
      return;
    }
    const mediaType = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    if (!Object.hasOwn(response.content, mediaType)) fail(`${where}: content type "${mediaType}"`);
    assertBody(`${pointer}/content/${escape(mediaType)}/schema`, answer.body, where);
    if (mediaType === 'application/problem+json') assertMembers(answer.body, where);
  };

  /** What is no operation can only be 400, 404, 405 or 429: problems that no operation documents. */
  const assertUnrouted = (answer: Answer, where: string): void => {
    if (![400, 404, 405, 429].includes(answer.status)) fail(`${where}: there is no such operation`);
    if (answer.status === 405 && answer.headers['allow'] === undefined) fail(`${where}: no Allow`);
    if (answer.body !== undefined) assertBody('/components/schemas/Problem', answer.body, where);
  };

  return (method, path, answer) => {
    const where = `${method.toUpperCase()} ${path} → ${String(answer.status)}`;
    if (method.toLowerCase() === 'options') return null;
    const head = method.toLowerCase() === 'head';
    const verb = head ? 'get' : method.toLowerCase();
    const pathname = path.split('?')[0] ?? '';
    const [template] = templatesOf(pathname);
    const operation = openApi.paths[template ?? '']?.[verb];
    if (template === undefined || operation === undefined) {
      assertUnrouted(answer, where);
      return null;
    }
    const given = operation.responses[String(answer.status)];
    const shared = typeof given?.['$ref'] === 'string' ? given['$ref'].slice(1) : undefined;
    const response = (
      shared === undefined ? given : openApi.components.responses[shared.split('/').at(-1) ?? '']
    ) as DocumentedResponse | undefined;
    if (response === undefined) return fail(`${where}: the status`);
    const { content: _content, ...bodiless } = response;
    const pointer = shared ?? `/paths/${escape(template)}/${verb}/responses/${String(answer.status)}`;
    assertResponse(pointer, head ? bodiless : response, answer, where);
    return operation.operationId;
  };
};

/** By the text of their document: to compile the schemas of one takes longer than most tests of a shop. */
const checkers = new Map<string, AssertDocumented>();

/** Returns a checker of responses against the document's description of their operation: status, headers, media type and body. */
export const documentedAnswers = (openApi: OpenApiDocument): AssertDocumented => {
  const text = JSON.stringify(openApi);
  const checker = checkers.get(text) ?? checkerOf(openApi);
  checkers.set(text, checker);
  return checker;
};
