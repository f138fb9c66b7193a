import { EVENT_TYPES } from '#src/main/events.js';
import { groupBy, type Invariant } from './invariant.js';
import type { ShopSnapshot } from './snapshot.js';

type Event = ShopSnapshot['events'][number];

/** An aggregate's events, as text, in the order of their numbers. */
const storiesOf = (events: readonly Event[], aggregate: string): ReadonlyMap<string, readonly Event[]> =>
  groupBy(
    events
      .filter((event) => event.aggregate === aggregate)
      .toSorted((a, b) => a.version - b.version || a.sequence - b.sequence),
    ({ aggregateId }) => aggregateId,
  );

const told = (story: readonly Event[] = []): string =>
  story.map(({ type, version, sequence }) => `${type} ${String(version)}.${String(sequence)}`).join(', ');

/** The statuses through which an order of that status may have come, each with a version of its own. */
const HISTORIES = {
  pending: [['placed']],
  confirmed: [['placed', 'confirmed']],
  shipped: [['placed', 'confirmed', 'shipped']],
  delivered: [['placed', 'confirmed', 'shipped', 'delivered']],
  cancelled: [
    ['placed', 'cancelled'],
    ['placed', 'confirmed', 'cancelled'],
  ],
} as const;

const numbered = (aggregate: string, steps: readonly string[]): string =>
  steps.map((step, index) => `${aggregate}.${step} ${String(index + 1)}.0`).join(', ');

/** Created, then updated by each version, and perhaps gone with the last. */
const life = (aggregate: string, version: number, end?: string): string =>
  numbered(
    aggregate,
    Array.from({ length: version }, (_, index) => {
      if (index === 0) return 'created';
      return index === version - 1 && end !== undefined ? end : 'updated';
    }),
  );

const strangers = (
  stories: ReadonlyMap<string, readonly Event[]>,
  known: readonly { readonly id: string }[],
): readonly [string, readonly Event[]][] => {
  const ids = new Set(known.map(({ id }) => id));
  return [...stories].filter(([id]) => !ids.has(id));
};

/** The events of an account. */
const USER_EVENTS: readonly string[] = EVENT_TYPES.filter((type) => type.startsWith('user.'));

/** What always holds of the outbox: the events in it are exactly those of what has happened. */
export const eventInvariants = {
  'an order has told once of each status it came to, and none that is not there of anything': ({
    orders,
    customers,
    events,
  }) => {
    const stories = storiesOf(events, 'order');
    const there = new Set(customers.map(({ id }) => id));
    return [
      ...orders
        .filter(({ id, status, version, customerId }) => {
          const story = stories.get(id) ?? [];
          const isHistory = HISTORIES[status].some((history) => told(story) === numbered('order', history));
          // The erasure of the address is a version of which nothing is told.
          const silent = version - story.length;
          const mayBeSilent = there.has(customerId) ? 0 : 1;
          return (
            !isHistory || silent < 0 || silent > mayBeSilent || story.some((e) => e.customerId !== customerId)
          );
        })
        .map(
          ({ id, status, version }) =>
            `order ${id}, ${status} in version ${String(version)}: ${told(stories.get(id))}`,
        ),
      ...strangers(stories, orders).map(([id, story]) => `there is no order ${id}: ${told(story)}`),
    ];
  },

  'a product has told once of each of its versions, and none that is not there of anything': ({
    products,
    events,
  }) => {
    const stories = storiesOf(events, 'product');
    return [
      ...products
        .filter(
          ({ id, version, deleted }) =>
            told(stories.get(id)) !== life('product', version, deleted ? 'deleted' : undefined),
        )
        .map(({ id, version }) => `product ${id} in version ${String(version)}: ${told(stories.get(id))}`),
      ...strangers(stories, products).map(([id, story]) => `there is no product ${id}: ${told(story)}`),
    ];
  },

  'stock has told of each movement that left nothing, and of no other': ({ ledger, events }) => {
    const key = (id: string, version: number): string => `${id}, movement ${String(version)}`;
    const due = new Set(
      ledger.filter(({ balance }) => balance === 0).map((row) => key(row.productId, row.sequence)),
    );
    const given = events
      .filter(({ aggregate }) => aggregate === 'stock')
      .map(({ aggregateId, version, type }) => ({ of: key(aggregateId, version), type }));
    const givenOf = new Set(given.map(({ of }) => of));
    return [
      ...[...due].filter((of) => !givenOf.has(of)).map((of) => `nothing is told of product ${of}`),
      ...given
        .filter(({ of, type }) => !due.has(of) || type !== 'stock.depleted')
        .map(({ of, type }) => `${type} is told of product ${of}`),
      ...(given.length === givenOf.size ? [] : ['one movement is told of twice']),
    ];
  },

  'a customer has told once of each of their versions, the last time when they were erased': ({
    customers,
    events,
  }) => {
    const stories = storiesOf(events, 'customer');
    return [
      ...customers
        .filter(({ id, version }) => told(stories.get(id)) !== life('customer', version))
        .map(({ id, version }) => `customer ${id} in version ${String(version)}: ${told(stories.get(id))}`),
      ...strangers(stories, customers)
        .filter(([, story]) => told(story) !== life('customer', story.length, 'erased') || story.length < 2)
        .map(([id, story]) => `there is no customer ${id}: ${told(story)}`),
    ];
  },

  'an account has published its creation first, its versions in order, and its erasure last': ({
    users,
    events,
  }) => {
    const stories = storiesOf(events, 'user');
    const steps = (id: string): readonly string[] => (stories.get(id) ?? []).map(({ type }) => type);
    const isLife = (id: string, isErased: boolean): boolean => {
      const types = steps(id);
      const [first, ...later] = types;
      return (
        first === 'user.created' &&
        stories.get(id)?.[0]?.version === 1 &&
        later.indexOf('user.erased') === (isErased ? later.length - 1 : -1) &&
        (!isErased || later.length > 0) &&
        !later.includes('user.created') &&
        types.every((type) => USER_EVENTS.includes(type))
      );
    };
    return [
      ...users.filter(({ id }) => !isLife(id, false)).map(({ id }) => `user ${id}: ${told(stories.get(id))}`),
      ...strangers(stories, users)
        .filter(([id]) => !isLife(id, true))
        .map(([id, story]) => `there is no user ${id}: ${told(story)}`),
    ];
  },

  'what waits for a subscriber is a dispatched event of its types, once': ({
    events,
    subscriptions,
    deliveries,
  }) => {
    const byId = new Map(events.map((event) => [event.id, event]));
    const typesOf = new Map(subscriptions.map(({ subscriber, types }) => [subscriber, types]));
    const seen = groupBy(deliveries, ({ eventId, subscriber }) => `${eventId} for ${subscriber}`);
    return [
      ...deliveries
        .filter(({ eventId, subscriber }) => {
          const event = byId.get(eventId);
          return event?.dispatched !== true || typesOf.get(subscriber)?.includes(event.type) !== true;
        })
        .map(({ eventId, subscriber }) => `${eventId} waits for ${subscriber}`),
      ...[...seen].filter(([, rows]) => rows.length > 1).map(([what]) => `${what} waits twice`),
    ];
  },
} as const satisfies Readonly<Record<string, Invariant>>;
