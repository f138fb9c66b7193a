import { STATUS_CODES } from 'node:http';

/** The parts of the API's document that the page is made from. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly responses: Readonly<Record<string, unknown>>;
  };
}

interface ProblemSchema {
  readonly description: string;
  readonly examples: readonly [{ readonly status: number; readonly code: string }];
  readonly allOf: readonly [
    unknown,
    { readonly properties: Readonly<Record<string, { readonly description: string }>> },
  ];
}

/** What a program does about the codes of a status. */
const FOR_STATUS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read: a mistake of the program. Sent again it fails again.',
  401: 'The caller is not known. `WWW-Authenticate` says so too.',
  403: 'The caller is known and not allowed. Sent again by the same caller it fails again, unless the table says otherwise.',
  404: 'There is no such thing, or it belongs to another caller. Show that it is gone; do not try again.',
  409: 'The shop is in a state that does not allow it. Nothing was changed. Show the present state, and let the user decide.',
  412: 'The resource is in another version than `If-Match` or `If-None-Match` expects. Nothing was changed.',
  413: 'The body is too large. Send less.',
  415: 'The body is of a type that the operation does not read. `Accept`, `Accept-Patch` or `Accept-Encoding` says what it reads.',
  422: 'The body can be read and is not acceptable. Show each `detail` at its field.',
  429: 'Too many requests, or too many stored replies. Wait for as many seconds as `Retry-After` says, and send the request again.',
  500: 'A mistake of the shop, which is in its log. Quote `requestId` to the operator. A request with an `Idempotency-Key` can be sent again with the same key.',
  503:
    'Not now. Wait for as many seconds as `Retry-After` says, or without it for a second, then two, four and so on. Then send the request again, with the ' +
    'same `Idempotency-Key` if it changes something.',
};

/** Where more can be said of a code than of its status. */
const FOR_CODE: Readonly<Record<string, string>> = {
  account_disabled: 'Show the `detail`. Only an administrator can enable the account.',
  busy: 'Send it again after a moment; nothing was changed.',
  cart_empty:
    'After a lost response the order may exist already: read `GET /orders/mine`. With an `Idempotency-Key` this cannot happen.',
  email_not_verified: 'Offer to send the mail again: `POST /auth/verify-email/request`.',
  email_taken: 'Offer to log in, or to set a new password by mail.',
  forbidden: 'Do not offer the call to customers.',
  hashing_busy: 'Send it again after `Retry-After`; the attempt was not counted.',
  idempotency_key_reused:
    'Generate a new key for each new request; keep a key for repetitions of the same body only.',
  idempotency_quota_exceeded: 'Wait for `Retry-After`, or send the request without a key.',
  illegal_transition: 'Offer the statuses in `allowed`.',
  insufficient_scope: 'Have an administrator create a key with the scope that `WWW-Authenticate` names.',
  invalid_credentials: 'Let the user try again. Too many refusals are `rate_limited`.',
  invalid_cursor: 'Read the list again from its beginning, without `after`.',
  invalid_refresh_token: 'The session has ended: have the user log in again.',
  invalid_reset_token: 'Offer to send another mail.',
  invalid_token:
    'Refresh the access token once and repeat the request; if that fails too, have the user log in. A key has expired or was revoked: stop.',
  invalid_verification_token: 'Offer to send another mail.',
  not_found: 'Check the path. An id that is not a UUID is in no path either.',
  out_of_stock: 'Show `lines`: what is left of each. Change the quantities, and order again.',
  outcome_unknown:
    'The change may have been made. With an `Idempotency-Key` repeat the request with it; without one read the resource first.',
  overloaded: 'Wait for `Retry-After`; spread repetitions over time, since all clients were refused.',
  precondition_failed:
    'Read the resource again, apply the change to what is there now, and send it with the new `ETag`.',
  rate_limited:
    'Wait for `Retry-After`; `violated-policies` names the limit. Do not repeat sooner: that counts as well.',
  recent_login_required: 'Ask the user for the password, log in, and repeat the request with the new token.',
  request_in_progress: 'Send it again after a second with the same key: it gets the reply of the first.',
  search_timed_out: 'Search for fewer words, or with fewer filters.',
  stale_write: 'Read the resource again, and repeat the change.',
  too_many_pending_orders: 'Show that `limit` orders wait to be confirmed, and offer to cancel one.',
  total_changed: 'Show the cart with its new total, and ask again before ordering.',
  unauthenticated: 'Log in, and repeat the request with the access token.',
  unknown_address: 'Read the address book again: the address was removed.',
  user_required: 'Use the access token of a user: no key can do this.',
  wrong_password: 'Let the user try again. Too many refusals are `rate_limited`.',
};

/** More operations than that are not listed by name. */
const MOST_OPERATIONS = 6;

const isProblem = (name: string): boolean => name.endsWith('Problem');

const schemasIn = (node: unknown, { components }: Document): readonly string[] =>
  [...JSON.stringify(node).matchAll(/"#\/components\/(?<kind>schemas|responses)\/(?<name>[^"]+)"/g)].flatMap(
    ({ groups }) => {
      const { kind, name } = groups as { readonly kind: string; readonly name: string };
      return kind === 'schemas' ? [name] : schemasIn(components.responses[name], { components } as Document);
    },
  );

/** Returns the operations whose responses may be of each schema of a problem. */
const operationsBySchema = (document: Document): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    const { operationId, responses } = operation as {
      readonly operationId?: string;
      readonly responses?: unknown;
    };
    if (operationId === undefined) continue;
    for (const name of schemasIn(responses, document).filter(isProblem))
      found.set(name, (found.get(name) ?? new Set()).add(operationId));
  }
  return found;
};

const named = (operations: ReadonlySet<string>): string =>
  operations.size > MOST_OPERATIONS
    ? `${operations.size} operations`
    : [...operations].map((id) => `\`${id}\``).join(', ');

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Returns the page of all codes, by status, from the document of the API. */
export const errorsPage = (document: Document): string => {
  const operations = operationsBySchema(document);
  const problems = Object.entries(document.components.schemas).flatMap(([name, schema]) => {
    const users = operations.get(name);
    if (!isProblem(name) || users === undefined) return [];
    const { description, examples, allOf } = schema as ProblemSchema;
    const [{ status, code }] = examples;
    const members = Object.entries(allOf[1].properties).filter(([member]) => member !== 'code');
    return [{ status, code, description, members, users }];
  });
  const unknown = Object.keys(FOR_CODE).filter((code) => !problems.some((problem) => problem.code === code));
  if (unknown.length > 0) throw new Error(`advice on codes that no operation has: ${unknown.join(', ')}`);
  const statuses = [...new Set(problems.map(({ status }) => status))].sort((one, other) => one - other);
  return `# Errors

Every error is \`application/problem+json\` (RFC 9457); [Use the API](api.md#errors) shows one. Programs decide by \`code\`, which is never
changed once published. \`detail\` is the sentence below, or a more exact one, for people. New codes may be added: treat an unknown one by its status.

This page is made from the contract by \`npm run generate\`.
${statuses
  .map((status) => {
    const advice = FOR_STATUS[status];
    if (advice === undefined) throw new Error(`no advice on status ${status}`);
    const rows = problems
      .filter((problem) => problem.status === status)
      .sort((one, other) => one.code.localeCompare(other.code))
      .map(({ code, description, members, users }) => {
        const further = members.map(([member, { description: what }]) => `\`${member}\`: ${what}`).join('; ');
        return `| \`${code}\` | ${[description, further, FOR_CODE[code] ?? '', named(users)].map(cell).join(' | ')} |`;
      });
    return `
## ${status} ${STATUS_CODES[status] ?? ''}

${advice}

| Code | When | Further members | What to do | Where |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
  })
  .join('')}`;
};
