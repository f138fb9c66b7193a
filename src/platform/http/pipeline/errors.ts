import { errorCatalogue, type ErrorEntry, type ErrorKind, type ErrorMembers } from '#src/kernel/errors.js';
import { VIOLATED_POLICIES } from '../../idempotency/idempotency-store.js';

/** The only table that maps a refusal's kind to a status. */
const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 409,
  precondition_failed: 412,
  invalid: 422,
  limited: 429,
  unavailable: 503,
};

const DETAIL = {
  type: 'string',
  description: 'What is wrong and what would be right; can be shown to a shopper',
} as const;

/** Refusals of the HTTP layer itself: about the request, never about the shop. */
export const failHttp = errorCatalogue({
  malformed_request: ['malformed', 'The request target cannot be decoded.'],
  malformed_json: ['malformed', 'The body is not a JSON object.'],
  invalid_query: [
    'malformed',
    'One or more query parameters are invalid; errors lists them.',
    {
      errors: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            parameter: {
              type: 'string',
              description: 'Name of the invalid parameter; empty for the query string',
            },
            detail: DETAIL,
          },
        },
        description: 'The validation errors, one for each invalid parameter',
        example: [{ parameter: 'limit', detail: 'The parameter limit must be at most 100.' }],
      },
    },
  ],
  invalid_cursor: [
    'malformed',
    'The cursor does not belong to this list with this sort and these filters. Start again without after.',
  ],
  unauthenticated: [
    'unauthenticated',
    'This call requires an access token or an API key in the header Authorization: Bearer. Log in to get a token.',
  ],
  invalid_token: ['unauthenticated', 'The access token or API key is malformed, expired or revoked.'],
  not_found: ['not_found', 'No resource has this path. The documentation at /docs lists the paths.'],
  invalid_body: [
    'invalid',
    'One or more fields of the body are invalid; errors lists them.',
    {
      errors: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            pointer: {
              type: 'string',
              description: 'JSON pointer to the invalid value in the body (RFC 6901)',
            },
            detail: DETAIL,
          },
        },
        description: 'The validation errors, one for each invalid value',
        example: [{ pointer: '/items/0/quantity', detail: 'The quantity of item 1 must be at least 1.' }],
      },
    },
  ],
  rate_limited: [
    'limited',
    'Too many requests. Try again after the number of seconds in Retry-After.',
    VIOLATED_POLICIES,
  ],
  not_ready: ['unavailable', 'The shop cannot serve requests at the moment. Try again later.'],
  overloaded: [
    'unavailable',
    'The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.',
  ],
  shutting_down: ['unavailable', 'The shop is shutting down.'],
});

/** An entry of the documentation of a route's problems. */
export interface ProblemEntry {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly members?: ErrorMembers | undefined;
}

/**
 * Problems that Koa, its router and its body parser report by a status of their own, outside the catalogues of
 * `DomainError`s.
 */
export const PROBLEM_OF_STATUS = {
  400: { status: 400, code: 'malformed_request', message: 'The request cannot be read.' },
  405: {
    status: 405,
    code: 'method_not_allowed',
    message: 'The path does not support this method; Allow lists those that it does.',
  },
  408: { status: 408, code: 'request_timeout', message: 'The request took too long to arrive.' },
  413: { status: 413, code: 'body_too_large', message: 'The body is larger than the maximum of 100 kB.' },
  415: {
    status: 415,
    code: 'unsupported_media_type',
    message:
      'The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed.',
  },
  417: {
    status: 417,
    code: 'expectation_failed',
    message: 'The only supported value of Expect is 100-continue.',
  },
  431: { status: 431, code: 'headers_too_large', message: 'The header fields are larger than the limit.' },
  500: { status: 500, code: 'internal_error', message: 'An unexpected error occurred in the shop.' },
} as const satisfies Readonly<Record<number, ProblemEntry>>;

/** Refusals of the kernel whose cause or cure is a header field, of which the kernel knows nothing. */
const IN_TERMS_OF_HTTP: Readonly<Record<string, string>> = {
  precondition_failed:
    'The current version of the resource does not satisfy If-Match or If-None-Match. Send an ETag exactly as ' +
    'received, with its quotes.',
};

export const problemEntry = ({ kind, code, message, members }: ErrorEntry): ProblemEntry => ({
  status: STATUS_OF_KIND[kind],
  code,
  message: IN_TERMS_OF_HTTP[code] ?? message,
  ...(members !== undefined && { members }),
});
