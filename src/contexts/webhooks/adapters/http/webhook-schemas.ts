import { EXAMPLE_ORDER, EXAMPLE_TIME, EXAMPLE_WEBHOOK, EXAMPLE_WEBHOOK_EVENT } from '#src/kernel/examples.js';
import { createdAt, pageOf, storedInteger, updatedAt } from '#src/platform/http/routes/schemas.js';
import {
  array,
  boolean,
  changes,
  enumeration,
  integer,
  object,
  string,
  text,
  timestamp,
  uuid,
  webUrl,
  type Schema,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import { OUTCOMES, type Attempt } from '../../domain/attempt.js';
import { DISABLED_REASONS, Endpoint } from '../../domain/endpoint.js';
import { EVENT_TYPES, WEBHOOK_EVENT_TYPES, type WebhookEventType } from '../../domain/event-types.js';
import { MAX_ENDPOINTS } from '../../domain/limits.js';

const eventType = () =>
  enumeration('WebhookEventType', 'Type of an event that endpoints can be sent', WEBHOOK_EVENT_TYPES);

const EXAMPLE_TYPES = ['order.placed', 'order.cancelled'];
const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfZBTF7Nv8=';

const wantedTypes = (): Schema<readonly WebhookEventType[], 'required'> =>
  array(eventType(), { max: WEBHOOK_EVENT_TYPES.length })
    .convert((types) => [...new Set(types)], 'must be types of events')
    .description(
      'Types of the events that it is sent, from `GET /webhook-event-types`. With none it is sent pings only',
    )
    .example(EXAMPLE_TYPES);

const targetUrl = () =>
  webUrl(2000)
    .description(
      'Where events are sent by POST. https, without user, password and fragment; its host must have public addresses only. It is ' +
        'stored in the normal form of the URL Standard, with the host in small letters and in Punycode',
    )
    .example(EXAMPLE_WEBHOOK.url);

const note = () =>
  text(200, { blank: true })
    .description('A note for administrators; may be empty')
    .example(EXAMPLE_WEBHOOK.description);

export const endpointCreateBody = object(
  'WebhookEndpointCreate',
  { url: targetUrl(), description: note().default(''), eventTypes: wantedTypes() },
  { description: 'A webhook endpoint to create' },
);

export const endpointUpdateBody = changes(
  'WebhookEndpointUpdate',
  {
    url: targetUrl(),
    description: note(),
    eventTypes: wantedTypes(),
    enabled: boolean()
      .description('false stops the sending; true resumes it, and begins with what was waiting')
      .example(true),
  },
  { description: 'Changes of a webhook endpoint' },
);

export const secretRotationBody = object(
  'WebhookSecretRotation',
  {
    endFormerSecrets: boolean()
      .description(
        'true ends all earlier secrets at once, for one that has leaked; messages fail until the receiver has the new one. By ' +
          'default each signs for 24 hours after its rotation',
      )
      .example(false)
      .default(false),
  },
  { description: 'How the secret of a webhook endpoint is replaced' },
);

const fields = {
  id: uuid().description('Id of the endpoint').example(EXAMPLE_WEBHOOK.id),
  url: string().description('Where events are sent').example(EXAMPLE_WEBHOOK.url),
  description: string({ blank: true })
    .description('A note for administrators; may be empty')
    .example(EXAMPLE_WEBHOOK.description),
  eventTypes: array(eventType()).description('Types of the events that it is sent').example(EXAMPLE_TYPES),
  enabled: boolean().description('Whether it is sent events').example(true),
  disabledReason: enumeration('WebhookDisabledReason', 'Why an endpoint is disabled', DISABLED_REASONS)
    .nullable()
    .description(
      'Why it is disabled: by an administrator; because it has responded with 410 (`gone`); or because no attempt has ' +
        'succeeded for days (`failing`). null while it is enabled',
    )
    .example(null),
  failingSince: timestamp()
    .nullable()
    .description(
      'Time of the first attempt since the last success that failed; null if the last has succeeded',
    )
    .example(null),
  previousSecretEndsAt: timestamp()
    .nullable()
    .description(
      'Until when messages are also signed with the secret before the last rotation; null if there was none, or it was ended',
    )
    .example(null),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
};

export const endpointBody = object('WebhookEndpoint', fields, {
  description: 'A URL of another program that is sent events',
});

export const endpointWithSecretBody = object(
  'WebhookEndpointWithSecret',
  {
    ...fields,
    secret: string()
      .description(
        'The key with which messages are signed, by Standard Webhooks. It is shown in this response only: store it',
      )
      .example(SECRET),
  },
  { description: 'A webhook endpoint with its secret' },
);

export const endpointPage = pageOf('WebhookEndpointPage', endpointBody);

export const eventTypesBody = object(
  'WebhookEventTypes',
  {
    items: array(
      object(
        'WebhookEventTypeDescription',
        {
          type: eventType().description('Type of the event').example('order.placed'),
          description: string().description('What has happened').example(EVENT_TYPES['order.placed']),
        },
        { description: 'A type of events and what it means' },
      ),
    ).description('All types'),
  },
  { description: 'The types of events that endpoints can be sent' },
);

export const outcome = () => enumeration('WebhookOutcome', 'What became of an attempt', OUTCOMES);

const payloadExample = JSON.stringify({
  id: EXAMPLE_WEBHOOK_EVENT.id,
  type: 'order.placed',
  payloadVersion: 1,
  timestamp: EXAMPLE_TIME,
  data: {
    orderId: EXAMPLE_ORDER.id,
    version: 1,
    status: 'pending',
    customerId: EXAMPLE_WEBHOOK_EVENT.customerId,
  },
});

export const attemptBody = object(
  'WebhookDelivery',
  {
    id: uuid().description('Id of the attempt').example(EXAMPLE_WEBHOOK_EVENT.attemptId),
    eventId: uuid()
      .description('Id of the event, the same in all its attempts: the header `webhook-id`')
      .example(EXAMPLE_WEBHOOK_EVENT.id),
    eventType: string()
      .description('Type of the event; `webhook_endpoint.pinged` for a ping')
      .example('order.placed'),
    payload: string().description('The body of the request, as it was signed: JSON').example(payloadExample),
    number: storedInteger(1)
      .description('Number of the attempt; a redelivery begins with 1 again')
      .example(1),
    outcome: outcome()
      .description(
        '`failed` is attempted again. `dead_lettered` is not: later events of the same resource wait until it is redelivered',
      )
      .example('delivered'),
    status: integer({ min: 100, max: 999 })
      .nullable()
      .description('Status of the response; null if there was none')
      .example(200),
    response: string({ blank: true })
      .nullable()
      .description('The first 1,024 characters of the body of the response; null if there was no response')
      .example('ok'),
    error: string().nullable().description('Why there was no complete response').example(null),
    durationMs: storedInteger().description('Duration of the attempt in milliseconds').example(84),
    at: timestamp().description('Time of the attempt').example(EXAMPLE_TIME),
  },
  { description: 'An attempt to send an event to a webhook endpoint' },
);

export const attemptPage = pageOf('WebhookDeliveryPage', attemptBody);

/** The endpoint as it is shown. */
export const viewEndpoint = (endpoint: Endpoint): ValueOf<typeof endpointBody> => {
  const { id, url, description, eventTypes, disabledReason, failingSince, formerSecrets } = endpoint;
  return {
    ...{ id, url, description, eventTypes, disabledReason },
    enabled: Endpoint.isEnabled(endpoint),
    failingSince: failingSince?.toISOString() ?? null,
    previousSecretEndsAt: formerSecrets[0]?.endsAt.toISOString() ?? null,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
};

export const viewAttempt = ({
  at,
  endpointId: _endpointId,
  storedId: _storedId,
  ...attempt
}: Attempt): ValueOf<typeof attemptBody> => ({ ...attempt, at: at.toISOString() });

export const LIMIT_TEXT = `A shop has at most ${String(MAX_ENDPOINTS)} endpoints.`;
