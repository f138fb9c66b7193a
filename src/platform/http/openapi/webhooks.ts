import type { ObjectSchema } from '#src/platform/schema/schema.js';
import type { Json } from './document.js';
import { exampleOf, type SchemaCollection } from './schemas.js';

/** A request that the server sends to other programs. */
export interface WebhookDescription {
  readonly name: string;
  /** camelCase, like those of the operations and different from each. */
  readonly operationId: string;
  readonly tag: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly body: ObjectSchema;
}

const HEADERS = {
  'webhook-id': [
    'Id of the event, the same in all attempts: act once on each',
    '019b76da-a800-7000-8000-000000000062',
  ],
  'webhook-timestamp': [
    'Time of the attempt, in seconds since 1970: refuse what is older than five minutes',
    '1767605400',
  ],
  'webhook-signature': [
    'Signatures by Standard Webhooks, separated by spaces; one of them has to match',
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  ],
} as const;

const parameters: readonly Json[] = Object.entries(HEADERS).map(([name, [description, example]]) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
  example,
}));

/** What a receiver may respond, and what follows. */
const RESPONSES: Json = {
  '204': { description: 'Received; so is any other status of 200 to 299' },
  '410': { description: 'The receiver wants nothing any more: the endpoint is disabled' },
  '429': { description: 'Too fast: attempted again, not before the time in `Retry-After`' },
  '4XX': { description: 'Attempted again later, like any other status; redirects are not followed' },
};

/** Returns the `webhooks` of a document (OpenAPI 3.1 §4.8.1). */
export const describeWebhooks = (webhooks: readonly WebhookDescription[], schemas: SchemaCollection): Json =>
  Object.fromEntries(
    webhooks.map(({ name, operationId, tag, summary, body }) => [
      name,
      {
        post: {
          operationId,
          tags: [tag],
          summary,
          description: `Sent to the endpoints that have chosen \`${name}\`.`,
          security: [],
          parameters,
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: schemas.add(body, 'output'), example: exampleOf(body, 'output') },
            },
          },
          responses: RESPONSES,
        },
      },
    ]),
  );
