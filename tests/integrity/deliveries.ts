import { groupBy } from './invariant.js';
import type { ShopSnapshot } from './snapshot.js';

/** An event that was dispatched, by the log, or delivered to a subscriber. */
export interface LoggedEvent {
  readonly id: string;
  /** Null: the log itself received it. */
  readonly subscriber: string | null;
  /** In milliseconds since 1970. */
  readonly at: number;
}

type Event = ShopSnapshot['events'][number];

const EVENT_LINE = /"msg":"event(?: delivered)?"\}$/;

export const loggedEventsIn = (log: string): readonly LoggedEvent[] =>
  log.split('\n').flatMap((line) => {
    if (!EVENT_LINE.test(line)) return [];
    const { time, event, subscriber } = JSON.parse(line) as {
      time: string;
      event: { id: string };
      subscriber?: string;
    };
    return [{ id: event.id, subscriber: subscriber ?? null, at: Date.parse(time) }];
  });

const name = ({ type, aggregateId, version }: Event): string =>
  `${type} of ${aggregateId} in version ${String(version)}`;

/** Where one receiver has not got each of these events at least once, and an aggregate's in their order. */
const anomaliesOf = (
  receiver: string,
  events: readonly Event[],
  received: readonly LoggedEvent[],
): readonly string[] => {
  const timesById = groupBy(received, ({ id }) => id);
  const known = new Set(events.map(({ id }) => id));
  const first = ({ id }: Event): number => Math.min(...(timesById.get(id) ?? []).map(({ at }) => at));
  const aggregates = groupBy(
    events.toSorted((a, b) => a.version - b.version || a.sequence - b.sequence),
    ({ aggregate, aggregateId }) => `${aggregate} ${aggregateId}`,
  );
  return [
    ...events
      .filter(({ id }) => !timesById.has(id))
      .map((event) => `${receiver} never received ${name(event)}`),
    ...[...timesById.keys()]
      .filter((id) => !known.has(id))
      .map((id) => `${receiver} received ${id}, which is no event of its types`),
    ...[...aggregates.values()].flatMap((history) =>
      history.flatMap((event, index) => {
        const earlier = history[index - 1];
        if (earlier === undefined || first(event) >= first(earlier)) return [];
        return [`${receiver} received ${name(event)} before ${name(earlier)}`];
      }),
    ),
  ];
};

/** Where the log and each subscriber have not received all events of their types, once nothing is under way. */
export const deliveryAnomalies = (
  { events, subscriptions, deliveries }: Pick<ShopSnapshot, 'events' | 'subscriptions' | 'deliveries'>,
  logged: readonly LoggedEvent[],
): readonly string[] => {
  const byId = new Map(events.map((event) => [event.id, event]));
  const nameOf = (id: string): string => {
    const event = byId.get(id);
    return event === undefined ? id : name(event);
  };
  const receivedBy = (receiver: string | null) => logged.filter(({ subscriber }) => subscriber === receiver);
  return [
    ...events.filter(({ dispatched }) => !dispatched).map((event) => `${name(event)} is not dispatched`),
    ...deliveries.map(({ eventId, subscriber, state }) => `${nameOf(eventId)} is ${state} for ${subscriber}`),
    ...anomaliesOf('the log', events, receivedBy(null)),
    ...subscriptions.flatMap(({ subscriber, types }) =>
      anomaliesOf(
        subscriber,
        events.filter(({ type }) => types.includes(type)),
        receivedBy(subscriber),
      ),
    ),
  ];
};
