import type { EventId } from '#src/kernel/events.js';
import {
  instant,
  integer,
  longText,
  nullable,
  primaryKey,
  text,
  uuid,
  version,
} from '#src/platform/database/columns.js';
import { defineTable, defineTables, type RowIn } from '#src/platform/database/tables.js';
import type { AttemptOutcome } from '../../domain/attempt.js';
import type { DisabledReason } from '../../domain/endpoint.js';
import type { AttemptId, EndpointId, SealedSecret } from '../../domain/ids.js';

export const webhookTables = defineTables((db) => ({
  endpoints: defineTable(db, 'webhook_endpoints', {
    id: primaryKey(uuid<EndpointId>()),
    url: text(2000),
    description: text(200),
    eventTypes: longText(),
    disabledReason: nullable(text<DisabledReason>(16)),
    secret: text<SealedSecret>(255),
    formerSecrets: nullable(longText()),
    failingSince: nullable(instant()),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
  /** One row: the list of endpoints as a whole. */
  lists: defineTable(db, 'webhook_endpoint_lists', { id: primaryKey(integer()), version: version() }),
  attempts: defineTable(db, 'webhook_attempts', {
    id: primaryKey(uuid<AttemptId>()),
    endpointId: uuid<EndpointId>(),
    eventId: uuid<EventId>(),
    storedId: uuid<EventId>(),
    eventType: text(64),
    payload: longText(),
    number: integer(),
    outcome: text<AttemptOutcome>(16),
    status: nullable(integer()),
    response: nullable(longText()),
    error: nullable(text(200)),
    durationMs: integer(),
    at: instant(),
  }),
}));

export type EndpointRow = RowIn<ReturnType<typeof webhookTables>['endpoints']>;
export type AttemptRow = RowIn<ReturnType<typeof webhookTables>['attempts']>;
