import type { components } from './api.js';

type Schemas = components['schemas'];

/** Every problem that the shop can report, discriminated by `code`: the schemas with a code that is not just any string. */
export type Problem = {
  [Name in keyof Schemas]: Schemas[Name] extends Pick<Schemas['Problem'], 'code' | 'requestId'>
    ? string extends Schemas[Name]['code']
      ? never
      : Schemas[Name]
    : never;
}[keyof Schemas];

export type ProblemCode = Problem['code'];

/** A problem with one code, and the members that it has. */
export type ProblemOf<Code extends ProblemCode> = Extract<Problem, { readonly code: Code }>;

const isProblemDocument = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'code') === 'string';

/** A response that is no success. `problem` is null if the response was none of the shop's, such as a proxy's page. */
export class ApiError<Reported extends Problem = Problem> extends Error {
  override readonly name = 'ApiError';
  readonly response: Response;
  readonly problem: Reported | null;

  constructor(response: Response, problem: Reported | null) {
    super(problem?.detail ?? `The shop responded with status ${String(response.status)}.`);
    this.response = response;
    this.problem = problem;
  }
}

/** An error whose problem is known. */
export type CodedApiError<Reported extends Problem> = ApiError<Reported> & { readonly problem: Reported };

/** Returns whether something thrown is an error of the shop with this code, and lets its problem's members be read. */
export const isApiError = <Code extends ProblemCode>(
  error: unknown,
  code: Code,
): error is CodedApiError<ProblemOf<Code>> =>
  // Without its type argument, which `instanceof` cannot know, the problem would be of any type.
  error instanceof ApiError && (error as ApiError).problem?.code === code;

/** Returns the data of a response, or throws an `ApiError`. */
export const unwrap = <Data>(result: {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}): Data => {
  const { data, error, response } = result;
  if (!response.ok) throw new ApiError(response, isProblemDocument(error) ? error : null);
  // Without an error there is data, or none in a response without a body, whose type is undefined.
  return data as Data;
};
