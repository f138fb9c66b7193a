import { groupBy } from './invariant.js';
import type { ShopSnapshot } from './snapshot.js';

/** An event that a subscriber, the log, was told of. */
export interface Delivery {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

type Event = ShopSnapshot['events'][number];

export const deliveriesIn = (log: string): readonly Delivery[] =>
  log.split('\n').flatMap((line) => {
    if (!line.includes('"msg":"event"') || !line.endsWith('}')) return [];
    const { time, event } = JSON.parse(line) as { time: string; event: { id: string } };
    return [{ id: event.id, at: Date.parse(time) }];
  });

/** Where the deliveries were not all of the events, each at least once and an aggregate's in their order. */
export const deliveryAnomalies = (
  events: readonly Event[],
  deliveries: readonly Delivery[],
): readonly string[] => {
  const told = groupBy(deliveries, ({ id }) => id);
  const known = new Set(events.map(({ id }) => id));
  const name = ({ type, aggregateId, version }: Event): string =>
    `${type} of ${aggregateId} in version ${String(version)}`;
  const times = ({ id }: Event): readonly number[] => (told.get(id) ?? []).map(({ at }) => at);
  const aggregates = groupBy(
    events.toSorted((a, b) => a.version - b.version || a.sequence - b.sequence),
    ({ aggregate, aggregateId }) => `${aggregate} ${aggregateId}`,
  );
  return [
    ...events.filter(({ state }) => state !== 'delivered').map((event) => `${name(event)} is ${event.state}`),
    ...events.filter(({ id }) => !told.has(id)).map((event) => `nobody was told of ${name(event)}`),
    ...[...told.keys()].filter((id) => !known.has(id)).map((id) => `there never was an event ${id}`),
    ...[...aggregates.values()].flatMap((story) =>
      story.flatMap((event, index) => {
        const earlier = story[index - 1];
        if (earlier === undefined || Math.min(...times(event)) >= Math.min(...times(earlier))) return [];
        return [`${name(event)} was told before ${name(earlier)}`];
      }),
    ),
  ];
};
