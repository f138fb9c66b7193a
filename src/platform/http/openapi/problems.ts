import { failAccess } from '#src/kernel/actor.js';
import { failWrite, type ErrorEntry } from '#src/kernel/errors.js';
import { failHttp, PROBLEM_OF_STATUS, problemEntry, type ProblemEntry } from '../pipeline/errors.js';
import { failIdempotency } from '../../idempotency/idempotency-store.js';
import { failService } from '../services/errors.js';
import { failSearch } from '../../search-places.js';
import { OPERATOR_PATHS } from '../operators/operators.js';
import { acceptsKey } from '../pipeline/idempotency-key.js';
import type { Route } from '../routes/route.js';
import { array, integer, object, string } from '#src/platform/schema/schema.js';

const validationError = object('ValidationError', {
  pointer: string({ blank: true })
    .description('JSON pointer to the invalid value in the body (RFC 6901)')
    .optional(),
  parameter: string({ blank: true }).description('Name of the invalid query parameter').optional(),
  detail: string(),
});

/** Open, unlike every other response body: a problem has members of its own kind (RFC 9457 §3.2). */
export const problemSchema = object('Problem', {
  type: string().description('`about:blank` for most problems; `code` identifies the problem'),
  title: string().description('Name of the HTTP status'),
  status: integer(),
  detail: string().description('Explanation for people; may change'),
  instance: string().description('Path of the request'),
  code: string().description('Stable code for programs; never changes once published'),
  requestId: string().description('Id of the request in the logs, also in `X-Request-Id`'),
  errors: array(validationError).description('The validation errors, one for each invalid value').optional(),
}).open();

const asksFor = (route: Route, parameter: string): boolean =>
  route.search?.names.includes(parameter) === true;

const ofAccess = ({ access }: Route): readonly ErrorEntry[] => [
  ...(access === 'anyone' ? [] : failHttp.pick('unauthenticated', 'invalid_token')),
  ...(access === 'admin' ? failAccess.pick('forbidden') : []),
];

const ofParts = (route: Route): readonly ErrorEntry[] => [
  ...failHttp.pick('malformed_request', 'invalid_query', 'not_ready', 'shutting_down'),
  ...(OPERATOR_PATHS.has(route.path)
    ? []
    : [...failHttp.pick('rate_limited', 'overloaded'), ...failService.pick('service_unavailable')]),
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

const ofProtocol = ({ body }: Route): readonly ProblemEntry[] => [
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
  const shared = route.kind === 'command' ? [...commonErrors, ...commandErrors] : commonErrors;
  const entries = [...ofAccess(route), ...ofParts(route), ...(route.errors ?? []), ...shared].map(
    problemEntry,
  );
  const byCode = new Map([...entries, ...ofProtocol(route)].map((entry) => [entry.code, entry]));
  const sorted = [...byCode.values()].sort((a, b) => a.status - b.status);
  const byStatus = new Map<number, ProblemEntry[]>();
  for (const entry of sorted) byStatus.set(entry.status, [...(byStatus.get(entry.status) ?? []), entry]);
  return byStatus;
};
