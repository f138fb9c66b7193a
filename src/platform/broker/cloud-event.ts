import { aggregateOf, type OutboxEvent } from '../outbox/outbox.js';

/** An event in the JSON format of CloudEvents 1.0.2 (https://github.com/cloudevents/spec, with the extension `partitionkey`). */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** The same each time that the event is published: with `source` it identifies a repetition. */
  readonly id: string;
  /** The shop: its public URL. */
  readonly source: string;
  /** `portico.order.placed` */
  readonly type: string;
  /** Id of the aggregate. */
  readonly subject: string;
  /** When it happened, by RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Identifies the aggregate among those of all kinds: consumers that share the work keep its order by it. */
  readonly partitionkey: string;
  /** The event's ids, and the version of the aggregate that it led to. */
  readonly data: object;
}

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json';

export const cloudEventOf = (
  { id, type, aggregateId, version, occurredAt, data }: OutboxEvent,
  source: string,
): CloudEvent => ({
  specversion: '1.0',
  id,
  source,
  type: `portico.${type}`,
  subject: aggregateId,
  time: occurredAt.toISOString(),
  datacontenttype: 'application/json',
  partitionkey: `${aggregateOf({ type })}.${aggregateId}`,
  data: { version, ...data },
});
