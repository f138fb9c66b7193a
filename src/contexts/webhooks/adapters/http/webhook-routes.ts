import { EXAMPLE_FROM, EXAMPLE_TO, EXAMPLE_WEBHOOK, EXAMPLE_WEBHOOK_EVENT } from '#src/kernel/examples.js';
import { listSearch, page, pageRequest, pagingSearch } from '#src/platform/http/lists/list.js';
import { created, noContent, ok, accepted } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import type { EventId } from '#src/kernel/events.js';
import { instant, uuid } from '#src/platform/schema/schema.js';
import {
  createEndpoint,
  deleteEndpoint,
  editEndpoint,
  pingEndpoint,
  rotateSecret,
  type WithSecret,
} from '../../application/manage-endpoints.js';
import type { WebhooksReaders } from '../../application/ports.js';
import { getEndpoint, listAttempts, listEndpoints } from '../../application/queries.js';
import type { EndpointId } from '../../domain/ids.js';
import { fail } from '../../domain/errors.js';
import { EVENT_TYPES, WEBHOOK_EVENT_TYPES } from '../../domain/event-types.js';
import {
  attemptPage,
  endpointBody,
  endpointCreateBody,
  endpointPage,
  endpointUpdateBody,
  endpointWithSecretBody,
  eventTypesBody,
  LIMIT_TEXT,
  outcome,
  secretRotationBody,
  viewAttempt,
  viewEndpoint,
} from './webhook-schemas.js';
import { redeliveryRoutes } from './redelivery-routes.js';
import type { WebhookRouteDeps } from './webhook-route-deps.js';

const TAG = 'Webhooks';
const endpointParam = idParam<EndpointId>(EXAMPLE_WEBHOOK.id);

const withSecret = ({ endpoint, secret }: WithSecret) => ({ ...viewEndpoint(endpoint), secret });

const endpointRoutes = ({
  transact,
  secrets,
  requireTarget,
  newId,
  now,
  ...readers
}: WebhookRouteDeps): readonly Route[] => [
  route({
    method: 'post',
    path: '/webhooks',
    operationId: 'createWebhook',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Create a webhook endpoint',
    description:
      'Has the events of the chosen types sent to a URL from now on. The response has the secret by which the receiver ' +
      `verifies them, which is not shown again. ${LIMIT_TEXT}`,
    body: endpointCreateBody,
    replies: { 201: { body: endpointWithSecretBody, headers: ['Location'] } },
    errors: fail.pick('webhook_target_refused', 'webhook_limit_reached'),
    idempotent: false, // the secret is not stored for a replay
    transact,
    command: ({ actor, body }) => createEndpoint({ newId, now, secrets, requireTarget })(actor, body),
    audit: { action: 'webhook.created', subject: ({ endpoint }) => endpoint.id },
    reply: (made) => created(`/webhooks/${made.endpoint.id}`, withSecret(made)),
  }),
  route({
    method: 'get',
    path: '/webhooks',
    operationId: 'listWebhooks',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'List webhook endpoints',
    description: 'Sorted by creation, the latest first.',
    search: pagingSearch,
    replies: { 200: { body: endpointPage, headers: ['Link'] } },
    query: (input) => listEndpoints(readers)(input.actor, pageRequest(input, 'time')),
    reply: (found, input) => page(found, viewEndpoint, input),
  }),
  route({
    method: 'get',
    path: '/webhooks/:id',
    operationId: 'getWebhook',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Get a webhook endpoint',
    description: 'Returns one endpoint, without its secret.',
    params: endpointParam,
    replies: { 200: { body: endpointBody } },
    errors: fail.pick('webhook_not_found'),
    query: ({ actor, params }) => getEndpoint(readers)(actor, params.id),
    reply: (endpoint) => ok(viewEndpoint(endpoint)),
  }),
  route({
    method: 'patch',
    path: '/webhooks/:id',
    operationId: 'changeWebhook',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Change a webhook endpoint, or disable or enable it',
    description:
      'A disabled endpoint is sent nothing, and what happens meanwhile is not stored for it. What was waiting stays, and is ' +
      'sent once it is enabled. New types of events count from now on.',
    params: endpointParam,
    body: endpointUpdateBody,
    replies: { 200: { body: endpointBody } },
    errors: fail.pick('webhook_not_found', 'webhook_target_refused'),
    transact,
    command: ({ actor, params, body }) => editEndpoint({ now, requireTarget })(actor, params.id, body),
    audit: 'recorded', // unless nothing changes
    reply: (endpoint) => ok(viewEndpoint(endpoint)),
  }),
  route({
    method: 'delete',
    path: '/webhooks/:id',
    operationId: 'deleteWebhook',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Delete a webhook endpoint',
    description: 'Also removes what waits for it. Attempts that have begun may still arrive.',
    params: endpointParam,
    replies: { 204: {} },
    errors: fail.pick('webhook_not_found'),
    transact,
    command: ({ actor, params }) => deleteEndpoint(actor, params.id),
    audit: { action: 'webhook.deleted', subject: (_, { params }) => params.id },
    reply: noContent,
  }),
  route({
    method: 'post',
    path: '/webhooks/:id/rotate-secret',
    operationId: 'rotateWebhookSecret',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Replace the secret of a webhook endpoint',
    description:
      'Returns a new secret, which is not shown again. For 24 hours messages are signed with the secret before it as well, ' +
      'so that the receiver can change over without a gap. A request that is repeated because its response was lost makes one ' +
      'more secret, and ends none. With `endFormerSecrets` all earlier ones end at once.',
    params: endpointParam,
    body: secretRotationBody,
    bodyOptional: true,
    replies: { 200: { body: endpointWithSecretBody } },
    errors: fail.pick('webhook_not_found', 'webhook_rotation_limit_reached'),
    idempotent: false, // the secret is not stored for a replay
    transact,
    command: ({ actor, params, body: { endFormerSecrets } }) =>
      rotateSecret({ now, secrets })(actor, params.id, { endFormer: endFormerSecrets }),
    audit: { action: 'webhook.secret_rotated', subject: ({ endpoint }) => endpoint.id },
    reply: (rotated) => ok(withSecret(rotated)),
  }),
  route({
    method: 'post',
    path: '/webhooks/:id/ping',
    operationId: 'pingWebhook',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Send a ping to a webhook endpoint',
    description:
      'Sends a message of the type `webhook_endpoint.pinged` after the response, with attempts like any other. ' +
      '`GET /webhooks/{id}/deliveries` shows what came back.',
    params: endpointParam,
    replies: { 202: { description: 'The ping will be sent' } },
    errors: fail.pick('webhook_not_found', 'webhook_disabled'),
    transact,
    command: ({ actor, params }) => pingEndpoint({ newId, now })(actor, params.id),
    audit: { action: 'webhook.pinged', subject: ({ id }) => id },
    reply: accepted,
  }),
];

const logRoutes = (readers: WebhooksReaders): readonly Route[] => [
  route({
    method: 'get',
    path: '/webhook-event-types',
    operationId: 'listWebhookEventTypes',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'List the types of events that webhook endpoints can be sent',
    description: 'The payload of each type is described under `webhooks` in this document.',
    replies: { 200: { body: eventTypesBody } },
    query: () => WEBHOOK_EVENT_TYPES.map((type) => ({ type, description: EVENT_TYPES[type] })),
    reply: (items) => ok({ items }),
  }),
  route({
    method: 'get',
    path: '/webhooks/:id/deliveries',
    operationId: 'listWebhookDeliveries',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'List attempts to send events to a webhook endpoint',
    description:
      'Returns each attempt with what came back, the latest first, for 30 days. An event whose first attempt is not over is ' +
      'not there yet.',
    params: endpointParam,
    search: listSearch({
      eventId: uuid<EventId>()
        .description('Only attempts to send this event')
        .sample(EXAMPLE_WEBHOOK_EVENT.id)
        .optional(),
      outcome: outcome().description('Only attempts with this outcome').example('failed').optional(),
      from: instant().description('Only attempts at this time or later').example(EXAMPLE_FROM).optional(),
      to: instant().description('Only attempts before this time').example(EXAMPLE_TO).optional(),
    }),
    replies: { 200: { body: attemptPage, headers: ['Link'] } },
    errors: fail.pick('webhook_not_found'),
    query: (input) => {
      const { limit: _limit, after: _after, ...filter } = input.search;
      return listAttempts(readers)(input.actor, input.params.id, filter, pageRequest(input, 'time'));
    },
    reply: (found, input) => page(found, viewAttempt, input),
  }),
];

/** Endpoints, what was sent to them, and the sending of it again: for administrators. */
export const webhookRoutes = (deps: WebhookRouteDeps): readonly Route[] => [
  ...endpointRoutes(deps),
  ...logRoutes(deps),
  ...redeliveryRoutes(deps),
];
