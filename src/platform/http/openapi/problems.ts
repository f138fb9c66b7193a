import { failAccess } from '#src/kernel/actor.js';
import { failWrite, type ErrorEntry, type ErrorMembers, type ErrorValue } from '#src/kernel/errors.js';
import { problem } from '../pipeline/problem.js';
import { MAX_INTEGER } from '../routes/schemas.js';
import { inInt32, type JsonSchema } from './schemas.js';
import { failHttp, PROBLEM_OF_STATUS, problemEntry, type ProblemEntry } from '../pipeline/errors.js';
import { failIdempotency } from '../../idempotency/idempotency-store.js';
import { failService } from '../services/errors.js';
import { isOperation } from '../services/operation.js';
import { failSearch } from '../../search-places.js';
import { OPERATOR_PATHS } from '../operators/operators.js';
import { acceptsKey } from '../pipeline/idempotency-key.js';
import type { Route } from '../routes/route.js';
import { array, integer, object, string } from '#src/platform/schema/schema.js';

const validationError = object(
  'ValidationError',
  {
    pointer: string({ blank: true })
      .description('JSON pointer to the invalid value in the body (RFC 6901)')
      .optional(),
    parameter: string({ blank: true }).description('Name of the invalid query parameter').optional(),
    detail: string().description('What is wrong and what would be right; can be shown to a shopper'),
  },
  { description: 'What is wrong with one value of a request' },
);

/** Open, unlike every other response body: a problem has members of its own kind (RFC 9457 §3.2). */
export const problemSchema = object(
  'Problem',
  {
    type: string().description('`about:blank` for most problems; `code` identifies the problem'),
    title: string().description('Name of the HTTP status'),
    status: integer({ min: 400, max: 599 }).description('The HTTP status'),
    detail: string().description('Explanation for people; may change'),
    instance: string().description('Path of the request'),
    code: string().description('Stable code for programs; never changes once published'),
    requestId: string().description('Id of the request in the logs, also in `X-Request-Id`'),
    errors: array(validationError)
      .description('The validation errors, one for each invalid value')
      .optional(),
  },
  {
    description: 'A problem document (RFC 9457). Each `code` has a schema of its own, which extends this one',
  },
).open();

/** Returns `OutOfStockProblem` for `out_of_stock`. */
export const problemName = (code: string): string =>
  `${code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Problem`;

const memberSchema = (member: ErrorValue & { readonly description?: string }): JsonSchema => {
  const described = member.description === undefined ? {} : { description: member.description };
  if (member.type === 'array') return { type: 'array', ...described, items: memberSchema(member.items) };
  if (member.type === 'object')
    return {
      ...{ type: 'object', ...described },
      properties: membersSchema(member.properties),
      required: Object.keys(member.properties),
    };
  if (member.type === 'integer')
    return inInt32({ type: 'integer', ...described, minimum: member.minimum ?? 0, maximum: MAX_INTEGER });
  const { type } = member;
  return {
    ...{ type, ...described },
    ...('enum' in member && { enum: member.enum }),
    ...('format' in member && { format: member.format }),
  };
};

const membersSchema = (members: ErrorMembers): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(Object.entries(members).map(([name, member]) => [name, memberSchema(member)]));

/** An occurrence for the examples; in one that no request had, every call could be meant. */
const EXAMPLE_OCCURRENCE = { instance: '/…', requestId: '019b76da-a800-7000-8000-0000000000ff' };

/** Returns the schema of the problem documents with one code; the members are those of the error catalogue. */
export const problemOfCode = (entry: ProblemEntry): JsonSchema => {
  const { code, message, members = {} } = entry;
  const examples = Object.fromEntries(
    Object.entries(members).map(([name, { example }]) => [name, example] as const),
  );
  return {
    description: message,
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      {
        type: 'object',
        properties: {
          code: { type: 'string', description: 'Identifies the problem', enum: [code] },
          ...membersSchema(members),
        },
        required: ['code', ...Object.keys(members)],
      },
    ],
    examples: [problem(entry, EXAMPLE_OCCURRENCE, examples)],
  };
};

const asksFor = (route: Route, parameter: string): boolean =>
  route.search?.names.includes(parameter) === true;

const ofAccess = ({ access, scope }: Route): readonly ErrorEntry[] => [
  ...(access === 'anyone' ? [] : failHttp.pick('unauthenticated', 'invalid_token')),
  ...(access === 'anyone'
    ? []
    : failAccess.pick(scope === undefined ? 'user_required' : 'insufficient_scope')),
  ...(access === 'admin' ? failAccess.pick('forbidden') : []),
];

const ofParts = (route: Route): readonly ErrorEntry[] => [
  ...failHttp.pick('malformed_request', 'invalid_query'),
  ...(OPERATOR_PATHS.has(route.path)
    ? []
    : [
        ...failHttp.pick('not_ready', 'shutting_down', 'overloaded'),
        ...failService.pick('service_unavailable'),
      ]),
  ...(OPERATOR_PATHS.has(route.path) || isOperation(route) ? [] : failHttp.pick('rate_limited')),
  ...(asksFor(route, 'after') ? failHttp.pick('invalid_cursor') : []),
  ...(route.isSearch === undefined ? [] : failSearch.pick('search_busy', 'search_timed_out')),
  ...(route.params === undefined ? [] : failHttp.pick('not_found')),
  ...(route.body === undefined ? [] : failHttp.pick('malformed_json', 'invalid_body')),
  ...(route.kind === 'command' ? failWrite.pick('stale_write') : []),
  ...(acceptsKey(route)
    ? failIdempotency.pick(
        'invalid_idempotency_key',
        'request_in_progress',
        'idempotency_key_reused',
        'idempotency_quota_exceeded',
      )
    : []),
  ...(route.ifMatch === undefined ? [] : failWrite.pick('precondition_failed')),
];

const ofProtocol = ({ body, upload }: Route): readonly ProblemEntry[] => [
  ...(upload === undefined ? [] : [PROBLEM_OF_STATUS[415]]),
  ...(body === undefined ? [] : [PROBLEM_OF_STATUS[413], PROBLEM_OF_STATUS[415]]),
  PROBLEM_OF_STATUS[500],
];

/** Refusals that any route, and any route that writes, shares with the others. */
export interface SharedErrors {
  readonly commonErrors?: readonly ErrorEntry[];
  readonly commandErrors?: readonly ErrorEntry[];
}

/**
 * Returns every problem with which a route can respond, by status: its own, those of its access and input, and the shared ones.
 */
export const problemsOf = (
  route: Route,
  { commonErrors = [], commandErrors = [] }: SharedErrors,
): ReadonlyMap<number, readonly ProblemEntry[]> => {
  const ofRoute = route.kind === 'command' ? [...commonErrors, ...commandErrors] : commonErrors;
  // Operators see the state of a process that does not serve, and of one without its database.
  const shared = OPERATOR_PATHS.has(route.path) ? [] : ofRoute;
  const entries = [...ofAccess(route), ...ofParts(route), ...(route.errors ?? []), ...shared].map(
    problemEntry,
  );
  const byCode = new Map([...entries, ...ofProtocol(route)].map((entry) => [entry.code, entry]));
  const sorted = [...byCode.values()].sort((a, b) => a.status - b.status);
  const byStatus = new Map<number, ProblemEntry[]>();
  for (const entry of sorted) byStatus.set(entry.status, [...(byStatus.get(entry.status) ?? []), entry]);
  return byStatus;
};
