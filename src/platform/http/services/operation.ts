import type { ObjectSchema } from '#src/platform/schema/schema.js';
import type { ErrorEntry } from '#src/kernel/errors.js';
import { ok } from '../routes/reply.js';
import { route, type Route } from '../routes/route.js';

/**
 * A remote procedure that one process of the shop offers to the others: a POST with a JSON object as its request and as its response.
 * It is idempotent, so that a call whose response was lost is repeated.
 */
export interface Operation<Request, Response> {
  /** camelCase, unique; the last part of the path. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly request: ObjectSchema<Request>;
  readonly response: ObjectSchema<Response>;
  /** Refusals that reach the calling process as they were thrown. */
  readonly errors?: readonly ErrorEntry[];
}

const FOLDER = '/internal/';

/** Returns the path of an operation. It is not in the table of a gateway, which therefore does not forward it. */
export const operationPath = ({ name }: Pick<Operation<never, never>, 'name'>): string => `${FOLDER}${name}`;

/** Returns whether a route serves an operation. */
export const isOperation = ({ path }: Pick<Route, 'path'>): boolean => path.startsWith(FOLDER);

/** Returns the route with which a process serves an operation. */
export const operationRoute = <Request, Response>(
  operation: Operation<Request, Response>,
  handle: (request: Request) => Promise<Response>,
): Route =>
  route({
    method: 'post',
    path: operationPath(operation),
    operationId: operation.name,
    tag: 'Internal',
    access: 'anyone', // with a caller's token, which services require of every request
    summary: operation.summary,
    body: operation.request,
    replies: { 200: { body: operation.response } },
    ...(operation.errors !== undefined && { errors: operation.errors }),
    idempotent: false, // takes no Idempotency-Key: the operation is idempotent by itself
    query: ({ body }) => handle(body),
    reply: (found) => ok(found),
  });
