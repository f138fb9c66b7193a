import type { EventId } from '#src/kernel/events.js';
import { Endpoint } from './endpoint.js';
import type { EndpointDisabled, RelayedEvent, SourceEvent } from './events.js';
import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from './event-types.js';

const PREFIX = 'webhook_';

/** The types of the events of other contexts. */
export const SOURCE_TYPES = WEBHOOK_EVENT_TYPES.filter(
  (type): type is SourceEvent['type'] => type !== 'webhook_endpoint.disabled',
);

/** Returns the types of the events of other contexts that at least one of the endpoints wants, sorted. */
export const sourceTypesFor = (endpoints: readonly Endpoint[]): readonly SourceEvent['type'][] => {
  const wanted = new Set<string>(endpoints.flatMap(Endpoint.wanted));
  return SOURCE_TYPES.filter((type) => wanted.has(type)).toSorted();
};

/** Returns the type under which the events of a type are relayed. */
const relayedType = (type: SourceEvent['type']): RelayedEvent['type'] => `${PREFIX}${type}`;

const RELAYED: ReadonlyMap<string, SourceEvent['type']> = new Map(
  SOURCE_TYPES.map((type) => [relayedType(type), type]),
);

export const RELAYED_TYPES = SOURCE_TYPES.map(relayedType);

/** Returns the types of stored events by which an endpoint gets those of the types that it has chosen. */
export const storedTypes = (
  chosen: readonly WebhookEventType[],
): readonly (WebhookEventType | RelayedEvent['type'])[] => [
  ...chosen,
  ...SOURCE_TYPES.filter((type) => chosen.includes(type)).map(relayedType),
];

/** Returns an event of another process in the form in which it is relayed. */
export const relayed = (event: SourceEvent & { readonly id: EventId }): RelayedEvent =>
  // The compiler does not follow the event from its type to the relayed one.
  ({
    ...{ type: relayedType(event.type), aggregateId: event.aggregateId, version: event.version },
    occurredAt: event.occurredAt,
    data: { ...event.data, eventId: event.id },
  }) as RelayedEvent;

type Stored = (SourceEvent | RelayedEvent | EndpointDisabled) & { readonly id: EventId };

/** Returns the event as it occurred, with its id there. */
export const sourceOf = (event: Stored): (SourceEvent | EndpointDisabled) & { readonly id: EventId } => {
  const type = RELAYED.get(event.type);
  if (type === undefined) return event as SourceEvent & { readonly id: EventId }; // not relayed
  const { eventId, ...data } = (event as RelayedEvent).data;
  return { ...event, type, data, id: eventId } as SourceEvent & { readonly id: EventId };
};
