import { EXAMPLE_FROM, EXAMPLE_TO, EXAMPLE_WEBHOOK, EXAMPLE_WEBHOOK_EVENT } from '#src/kernel/examples.js';
import type { EventId } from '#src/kernel/events.js';
import { decodeCursor, encodeCursor, type ListIdentity } from '#src/platform/http/lists/cursor.js';
import { failHttp } from '#src/platform/http/pipeline/errors.js';
import { accepted } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam, storedInteger } from '#src/platform/http/routes/schemas.js';
import { instant, instantFrom, object, parameters, string, uuid } from '#src/platform/schema/schema.js';
import { RANGE_BATCH, redeliverEvent, redeliverRange } from '../../application/redeliver.js';
import type { AttemptFilter } from '../../application/ports.js';
import type { EndpointId } from '../../domain/ids.js';
import { fail } from '../../domain/errors.js';
import type { WebhookRouteDeps } from './webhook-route-deps.js';
import { outcome } from './webhook-schemas.js';

const TAG = 'Webhooks';

const rangeBody = object(
  'WebhookRedeliveryCreate',
  {
    from: instant()
      .description('Only events whose latest attempt was at this time or later')
      .example(EXAMPLE_FROM),
    to: instantFrom('from')
      .description('Only events whose latest attempt was before this time, which is not before `from`')
      .example(EXAMPLE_TO),
    outcome: outcome()
      .description('Only events whose latest attempt had this outcome; by default all')
      .example('dead_lettered')
      .optional(),
  },
  { description: 'The events of a period that are sent again' },
);

const rangeSearch = parameters({
  cursor: string({ max: 2000 })
    .description('`nextCursor` of the previous part of the same range')
    .sample('MTk2MjZmYzVhYzg4.MDE5Yjc2ZGEtYTgwMC03MDAw')
    .optional(),
});

const rangeReply = object(
  'WebhookRedelivery',
  {
    redelivered: storedInteger().description('Number of events that will be sent again').example(0),
    nextCursor: string()
      .nullable()
      .description(
        'Passed as `cursor` with the same body, it goes on with the rest of the range; null if this was all',
      )
      .example(null),
  },
  { description: 'What part of a range is sent again' },
);

const identityOf = (id: EndpointId, { from, to, outcome: only }: AttemptFilter): ListIdentity => ({
  path: `/webhooks/${id}/deliveries/redeliver`,
  filters: { from: from?.getTime() ?? null, to: to?.getTime() ?? null, outcome: only ?? null },
});

/** Sending events again. */
export const redeliveryRoutes = ({ transact, newId, now }: WebhookRouteDeps): readonly Route[] => [
  route({
    method: 'post',
    path: '/webhooks/:id/deliveries/:eventId/redeliver',
    operationId: 'redeliverWebhookEvent',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Send an event to a webhook endpoint again',
    description:
      'Sends it after the response with the same `webhook-id` and payload, and with attempts like any other. A dead-lettered ' +
      'event is followed by those that waited behind it.',
    params: parameters({
      id: uuid<EndpointId>().description('Id of the endpoint').example(EXAMPLE_WEBHOOK.id),
      eventId: uuid<EventId>().description('Id of the event').example(EXAMPLE_WEBHOOK_EVENT.id),
    }),
    replies: { 202: { description: 'The event will be sent again' } },
    errors: fail.pick('webhook_not_found', 'webhook_event_not_found', 'webhook_disabled'),
    transact,
    command: ({ actor, params }) => redeliverEvent({ newId, now })(actor, params.id, params.eventId),
    audit: { action: 'webhook.event_redelivered', subject: (_, { params }) => params.id },
    reply: accepted,
  }),
  route({
    method: 'post',
    path: '/webhooks/:id/deliveries/redeliver',
    operationId: 'redeliverWebhookEvents',
    tag: TAG,
    access: 'admin',
    scope: 'webhooks:manage',
    summary: 'Send the events of a period to a webhook endpoint again',
    description:
      `Looks at ${String(RANGE_BATCH)} attempts of the period, the latest first, and sends their events after the response, but no ` +
      'pings. Repeat the request with `nextCursor` as `cursor` until it is null.',
    params: idParam<EndpointId>(EXAMPLE_WEBHOOK.id),
    search: rangeSearch,
    body: rangeBody,
    replies: { 202: { body: rangeReply } },
    errors: [...fail.pick('webhook_not_found', 'webhook_disabled'), ...failHttp.pick('invalid_cursor')],
    transact,
    command: ({ actor, params: { id }, search: { cursor }, body: range }) =>
      redeliverRange({ newId, now })(
        actor,
        id,
        range,
        cursor === undefined ? null : decodeCursor(cursor, identityOf(id, range), 'time'),
      ),
    audit: { action: 'webhook.events_redelivered', subject: (_, { params }) => params.id },
    reply: ({ redelivered, next }, { params: { id }, body }) => ({
      status: 202 as const,
      body: { redelivered, nextCursor: next === null ? null : encodeCursor(next, identityOf(id, body)) },
    }),
  }),
];
