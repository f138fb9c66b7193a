import type { EventId } from '#src/kernel/events.js';
import { Endpoint } from '../domain/endpoint.js';
import type { SourceEvent } from '../domain/events.js';
import { relayed } from '../domain/relayed.js';
import type { WebhooksPorts } from './ports.js';

/** Stores an event of another process for the endpoints, if one wants it; else notes that such events are sent. */
export const relayEvent = async (
  event: SourceEvent & { readonly id: EventId; readonly sequence: number },
  { endpoints, relay, surplus }: Pick<WebhooksPorts, 'endpoints' | 'relay' | 'surplus'>,
): Promise<void> => {
  const isWanted = (await endpoints.listAll()).some((each) => Endpoint.wanted(each).includes(event.type));
  if (isWanted) await relay.add(relayed(event), event.sequence);
  else surplus.isPossible = true;
};
