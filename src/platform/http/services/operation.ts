import type { ObjectSchema } from '#src/platform/schema/schema.js';
import type { ErrorEntry } from '#src/kernel/errors.js';
import { ok } from '../routes/reply.js';
import { route, type Route } from '../routes/route.js';

/**
 * A question that one process of the shop answers the others, over HTTP: a POST with a JSON object both ways. Asking twice does
 * what asking once does, so that a question whose answer was lost is asked again.
 */
export interface Operation<Question, Answer> {
  /** camelCase, unique; the last part of the path. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly question: ObjectSchema<Question>;
  readonly answer: ObjectSchema<Answer>;
  /** Refusals that the asker receives as the answering process has thrown them. */
  readonly errors?: readonly ErrorEntry[];
}

/** The paths of operations. No gateway passes them on: they are not in its table. */
export const operationPath = ({ name }: Pick<Operation<never, never>, 'name'>): string => `/internal/${name}`;

/** Returns the route by which a process answers an operation. */
export const answering = <Question, Answer>(
  operation: Operation<Question, Answer>,
  answer: (question: Question) => Promise<Answer>,
): Route =>
  route({
    method: 'post',
    path: operationPath(operation),
    operationId: operation.name,
    tag: 'Internal',
    access: 'anyone', // of those who have a token of this shop's processes
    summary: operation.summary,
    body: operation.question,
    replies: { 200: { body: operation.answer } },
    ...(operation.errors !== undefined && { errors: operation.errors }),
    idempotent: false, // by itself; no key is needed
    query: ({ body }) => answer(body),
    reply: (found) => ok(found),
  });
