import { EXAMPLE_API_KEY } from '#src/kernel/examples.js';
import type { ApiKeyId, NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { page, pageRequest, pagingSearch } from '#src/platform/http/lists/list.js';
import { created, noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { createApiKey, getApiKey, listApiKeys, revokeApiKey } from '../../application/api-keys.js';
import type { AccountsPorts, ApiKeyReader, ApiKeySecrets } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import {
  apiKeyBody,
  apiKeyCreateBody,
  apiKeyPageBody,
  createdApiKeyBody,
  viewApiKey,
  viewCreatedApiKey,
} from './api-key-view.js';

export interface ApiKeyRoutesDeps {
  readonly transact: Transact<AccountsPorts & WithIdempotency>;
  /** Outside any transaction. */
  readonly apiKeys: ApiKeyReader;
  readonly apiKeySecrets: ApiKeySecrets;
  readonly newId: NewId;
}

const tag = 'Integrators';
const PATH = '/api-keys';

const INVALID_EXPIRY = { pointer: '/expiresAt', detail: 'The expiry must be in the future.' };

/** What administrators do with the API keys of the shop. No scope opens it: a key makes no other keys. */
export const apiKeyRoutes = ({
  transact,
  apiKeys,
  apiKeySecrets,
  newId,
}: ApiKeyRoutesDeps): readonly Route[] => [
  route({
    method: 'post',
    path: PATH,
    operationId: 'createApiKey',
    tag,
    access: 'admin',
    summary: 'Create an API key',
    description:
      'Returns the key in `secret`, this once: the shop stores only its hash. It belongs to the shop, and works until it ' +
      'expires or is revoked, even if the administrator who created it is demoted, disabled or erased. Name and scopes never change. ' +
      'Requires a log-in within the last ten minutes; a refresh does not count. If the response is lost, revoke the key ' +
      'that the list shows and create another.',
    body: apiKeyCreateBody,
    replies: { 201: { body: createdApiKeyBody, headers: ['Location'] } },
    errors: fail.pick('expiry_in_past', 'recent_login_required'),
    details: { expiry_in_past: () => ({ errors: [INVALID_EXPIRY] }) },
    idempotent: false, // its reply holds a secret
    transact,
    command: ({ actor, body: { expiresAt = null, ...wanted } }) =>
      createApiKey({ newId, apiKeySecrets })(actor, { ...wanted, expiresAt }),
    audit: 'recorded',
    reply: (result) => created(`${PATH}/${result.key.id}`, viewCreatedApiKey(result)),
  }),
  route({
    method: 'get',
    path: PATH,
    operationId: 'listApiKeys',
    tag,
    access: 'admin',
    summary: 'List API keys',
    description: 'The latest first, revoked and expired ones included, so that the audit log can be read.',
    search: pagingSearch,
    replies: { 200: { body: apiKeyPageBody, headers: ['Link'] } },
    query: (input) => listApiKeys({ apiKeys })(input.actor, pageRequest(input, 'time')),
    reply: (result, input) => page(result, viewApiKey, input),
  }),
  route({
    method: 'get',
    path: `${PATH}/:id`,
    operationId: 'getApiKey',
    tag,
    access: 'admin',
    summary: 'Get an API key',
    description: 'Returns the key without its secret, which is not stored.',
    params: idParam<ApiKeyId>(EXAMPLE_API_KEY.id),
    replies: { 200: { body: apiKeyBody } },
    errors: fail.pick('api_key_not_found'),
    query: ({ actor, params }) => getApiKey({ apiKeys })(actor, params.id),
    reply: (key) => ok(viewApiKey(key)),
  }),
  route({
    method: 'delete',
    path: `${PATH}/:id`,
    operationId: 'revokeApiKey',
    tag,
    access: 'admin',
    summary: 'Revoke an API key',
    description:
      'The key is refused from the next request on, everywhere. It stays in the list, with `revokedAt`. Repeating the call ' +
      'changes nothing.',
    params: idParam<ApiKeyId>(EXAMPLE_API_KEY.id),
    replies: { 204: {} },
    errors: fail.pick('api_key_not_found'),
    transact,
    command: ({ actor, params }) => revokeApiKey(actor, params.id),
    audit: 'recorded',
    reply: noContent,
  }),
];
