import type { Receiver } from '#src/platform/inbox/receiver.js';
import type { WebhooksPorts } from '../application/ports.js';
import { relayEvent } from '../application/relay-event.js';
import type { SourceEvent } from '../domain/events.js';
import { SOURCE_TYPES } from '../domain/relayed.js';

/** Takes the events of other processes, so that the endpoints are sent them. */
export const eventReceiver: Receiver<Pick<WebhooksPorts, 'endpoints' | 'relay' | 'surplus'>, SourceEvent> = {
  name: 'webhooks',
  types: SOURCE_TYPES,
  onDemand: true,
  handle: relayEvent,
};
