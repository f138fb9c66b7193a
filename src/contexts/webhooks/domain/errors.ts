import { errorCatalogue } from '#src/kernel/errors.js';
import { MAX_ENDPOINTS, MAX_FORMER_SECRETS } from './limits.js';

export const fail = errorCatalogue({
  webhook_not_found: ['not_found', 'The webhook endpoint does not exist.'],
  webhook_event_not_found: ['not_found', 'No attempt to send this event to the endpoint is in the log.'],
  webhook_disabled: ['conflict', 'The webhook endpoint is disabled: enable it first.'],
  webhook_limit_reached: [
    'conflict',
    `The shop already has the maximum of ${String(MAX_ENDPOINTS)} webhook endpoints.`,
    { limit: { type: 'integer', description: 'Maximum number of endpoints', example: MAX_ENDPOINTS } },
  ],
  webhook_rotation_limit_reached: [
    'conflict',
    `Messages are already signed with ${String(MAX_FORMER_SECRETS)} former secrets: wait until one ends, or end them with endFormerSecrets.`,
    {
      limit: {
        type: 'integer',
        description: 'Maximum number of former secrets',
        example: MAX_FORMER_SECRETS,
      },
    },
  ],
  webhook_target_refused: [
    'invalid',
    'The URL cannot be a target: it must be https, without user, password, fragment and port 0, and its host must be a public address, or a name that DNS can hold, and not localhost.',
  ],
});
