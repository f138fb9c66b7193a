import { failWrite } from '#src/kernel/errors.js';
import type { EventId, EventType } from '#src/kernel/events.js';
import { compareText } from '#src/kernel/text.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable } from '../memory/table.js';
import { dispatched, newDeliveries, type Addressee } from './new-deliveries.js';
import {
  afterChoice,
  aggregateOf,
  COUNTED,
  type ClaimedDelivery,
  type DeadLetterFilter,
  type Delivery,
  type Outcome,
  type OutboxEvent,
  type OutboxRepository,
  type Subscription,
} from './outbox.js';

type EventRow = OutboxEvent & {
  /** Milliseconds since 1970; null until the event is dispatched. */
  readonly dispatchedAt: number | null;
};

interface DeliveryRow extends Delivery {
  readonly state: 'pending' | 'dead_lettered';
  /** When it may be claimed; milliseconds since 1970. */
  readonly dueAt: number;
  readonly claimId: string | null;
}

const aggregateKey = (event: OutboxEvent): string => `${event.aggregateId}/${aggregateOf(event)}`;
const deliveryKey = (event: EventId, subscriber: string): string => `${event}/${subscriber}`;

export const outboxEventTable = memoryTable<EventRow>({
  name: 'outbox_events',
  key: ({ id }) => id,
  unique: {
    outbox_events_version_aggregateId_aggregate_sequence_unique: (row) =>
      `${String(row.version)}/${aggregateKey(row)}/${String(row.sequence)}`,
  },
});

interface SubscriptionRow extends Subscription {
  readonly version: number;
}

export const outboxSubscriptionTable = memoryTable<SubscriptionRow>({
  name: 'outbox_subscriptions',
  key: ({ subscriber }) => subscriber,
});

export const outboxDeliveryTable = memoryTable<DeliveryRow>({
  name: 'outbox_deliveries',
  key: ({ event, subscriber }) => deliveryKey(event.id, subscriber),
  references: {
    outbox_deliveries_eventId_fk: { table: () => outboxEventTable, key: ({ event }) => event.id },
    outbox_deliveries_subscriber_fk: {
      table: () => outboxSubscriptionTable,
      key: ({ subscriber }) => subscriber,
    },
  },
});

const eventIn = ({ dispatchedAt: _dispatchedAt, ...event }: EventRow): OutboxEvent => event;
const deliveryIn = ({ event, subscriber, attempts }: DeliveryRow): Delivery => ({
  event,
  subscriber,
  attempts,
});

const byNumber = (a: OutboxEvent, b: OutboxEvent): number => a.version - b.version || a.sequence - b.sequence;
const byAggregate = (a: OutboxEvent, b: OutboxEvent): number =>
  compareText(aggregateKey(a), aggregateKey(b)) || byNumber(a, b);
const byWaiting = (a: DeliveryRow, b: DeliveryRow): number =>
  a.dueAt - b.dueAt || compareText(a.event.id, b.event.id);
const byId = (a: { readonly id: string }, b: { readonly id: string }): number => compareText(a.id, b.id);

const settled = (row: DeliveryRow, outcome: Exclude<Outcome, { is: 'delivered' }>, now: number) =>
  outcome.is === 'failed'
    ? { ...row, claimId: null, dueAt: now + outcome.retryInMs }
    : { ...row, claimId: null, state: outcome.is };

const addressesOf = (
  rows: readonly EventRow[],
  subscribed: readonly Subscription[],
  waiting: readonly DeliveryRow[],
): readonly Addressee[] => {
  const blocked = new Set(waiting.map(({ event, subscriber }) => `${subscriber} ${aggregateKey(event)}`));
  return rows.map(eventIn).flatMap((event) =>
    subscribed
      .filter(({ types }) => types.includes(event.type))
      .map(({ subscriber }) => ({
        ...{ event, subscriber, isBlocked: blocked.has(`${subscriber} ${aggregateKey(event)}`) },
      })),
  );
};

/** Stores the outbox in memory. The process's clock serves as the database's. */
export const memoryOutboxRepository = (scope: MemoryScope): OutboxRepository => {
  const events = scope.table(outboxEventTable);
  const subscriptions = scope.table(outboxSubscriptionTable);
  const deliveries = scope.table(outboxDeliveryTable);
  const now = (): number => Date.now();
  const isUndispatched = ({ dispatchedAt }: EventRow): boolean => dispatchedAt === null;
  const isDue = ({ state, dueAt }: DeliveryRow): boolean => state === 'pending' && dueAt <= now();

  const isSame = (types: readonly EventType[], others: readonly EventType[]): boolean =>
    types.join() === others.join();
  const addSubscription = (row: SubscriptionRow): Promise<void> =>
    subscriptions.insert(row, { outbox_subscriptions_pkey: () => failWrite('stale_write') });

  const findDeadLettered = async ({ event, subscriber }: DeadLetterFilter, limit: number) => {
    const found = await deliveries.all(
      (row) =>
        row.state === 'dead_lettered' &&
        (event === undefined || row.event.id === event) &&
        (subscriber === undefined || row.subscriber === subscriber),
    );
    return found
      .toSorted((a, b) => compareText(a.subscriber, b.subscriber) || byWaiting(a, b))
      .slice(0, limit);
  };

  const dispatchAndClaim: OutboxRepository['dispatchAndClaim'] = async (limit, claimants) => {
    const rows = (await events.all(isUndispatched)).toSorted(byAggregate).slice(0, limit);
    const subscribed = await subscriptions.all();
    let touched = 0;
    for (const { id } of rows.toSorted(byId))
      touched += await events.update(id, (row) =>
        isUndispatched(row) ? { ...row, dispatchedAt: now() } : null,
      );
    if (touched < rows.length) throw failWrite('stale_write');
    const made = newDeliveries(addressesOf(rows, subscribed, await deliveries.all()), claimants);
    const refusals = { outbox_deliveries_subscriber_fk: () => failWrite('stale_write') };
    for (const { event, subscriber, claimant } of made)
      await deliveries.insert(
        {
          ...{ event, subscriber, state: 'pending', claimId: claimant?.claimId ?? null },
          ...{ attempts: claimant === null ? 0 : 1, dueAt: now() + (claimant?.leaseMs ?? 0) },
        },
        refusals,
      );
    return dispatched(rows.map(eventIn), made);
  };

  return {
    add: async (added) => {
      for (const event of added) await events.insert({ ...event, dispatchedAt: null });
    },

    subscribe: async (given) => {
      const { subscriber } = given;
      const types = given.types.toSorted(compareText);
      const stored = await subscriptions.find(subscriber);
      if (stored !== null && isSame(stored.types, types)) return;
      if ((await subscriptions.update(subscriber, (row) => ({ ...row, types }))) === 0)
        await addSubscription({ subscriber, types, version: 0 });
    },

    choose: async (subscriber, chosen) => {
      const stored = await subscriptions.find(subscriber);
      const { version, types: unsorted } = afterChoice(stored, chosen);
      const after = { version, types: unsorted.toSorted(compareText) };
      if (stored === null) await addSubscription({ subscriber, ...after });
      else if (version !== stored.version || !isSame(stored.types, after.types)) {
        const change = (row: SubscriptionRow) =>
          row.version === stored.version && isSame(row.types, stored.types) ? { ...row, ...after } : null;
        if ((await subscriptions.update(subscriber, change)) === 0) throw failWrite('stale_write');
      }
      return after;
    },

    unsubscribe: async (subscriber) => {
      await deliveries.deleteWhere((row) => row.subscriber === subscriber);
      const refusals = { outbox_deliveries_subscriber_fk: () => failWrite('stale_write') };
      return subscriptions.delete(subscriber, () => true, refusals);
    },

    hasUndispatched: async () => (await events.all(isUndispatched)).length > 0,

    dispatch: async (limit) => (await dispatchAndClaim(limit, [])).events,

    dispatchAndClaim,

    due: async ({ subscriber, types }, limit) => {
      const mine = await deliveries.all((row) => row.subscriber === subscriber);
      const first = new Map<string, DeliveryRow>();
      for (const row of mine.toSorted((a, b) => byNumber(b.event, a.event)))
        first.set(aggregateKey(row.event), row);
      const due = [...first.values()].filter((row) => isDue(row) && types.includes(row.event.type));
      return due
        .sort(byWaiting)
        .slice(0, limit)
        .map(({ event }) => event.id);
    },

    claim: async (subscriber, ids, { claimId, leaseMs }) => {
      const claimed: ClaimedDelivery[] = [];
      for (const id of ids.toSorted(compareText))
        await deliveries.update(deliveryKey(id, subscriber), (row) => {
          if (!isDue(row)) return null;
          const leased = { ...row, claimId, attempts: row.attempts + 1, dueAt: now() + leaseMs };
          claimed.push({ ...deliveryIn(leased), claimId });
          return leased;
        });
      return claimed;
    },

    settle: async (settlements) => {
      let touched = 0;
      for (const { delivery, outcome } of settlements.toSorted((a, b) =>
        byId(a.delivery.event, b.delivery.event),
      )) {
        const key = deliveryKey(delivery.event.id, delivery.subscriber);
        const isMine = ({ claimId }: DeliveryRow): boolean => claimId === delivery.claimId;
        touched +=
          outcome.is === 'delivered'
            ? await deliveries.delete(key, isMine)
            : await deliveries.update(key, (row) => (isMine(row) ? settled(row, outcome, now()) : null));
      }
      return touched;
    },

    deadLettered: async (filter, limit) => (await findDeadLettered(filter, limit)).map(deliveryIn),

    requeue: async (filter, limit) => {
      const requeued: Delivery[] = [];
      for (const { event, subscriber } of await findDeadLettered(filter, limit))
        await deliveries.update(deliveryKey(event.id, subscriber), (row) => {
          if (row.state !== 'dead_lettered') return null;
          requeued.push({ event, subscriber, attempts: 0 });
          return { ...row, state: 'pending', dueAt: now(), attempts: 0 };
        });
      return requeued;
    },

    backlogs: async () => {
      const all = (await subscriptions.all()).toSorted((a, b) => compareText(a.subscriber, b.subscriber));
      const waiting = await deliveries.all();
      return all.map(({ version: _version, ...subscription }) => ({
        ...subscription,
        waiting: Math.min(
          COUNTED,
          waiting.filter(({ subscriber }) => subscriber === subscription.subscriber).length,
        ),
      }));
    },

    purge: async (retentionMs, limit) => {
      const waiting = new Set((await deliveries.all()).map(({ event }) => event.id));
      const isOver = ({ id, dispatchedAt }: EventRow): boolean =>
        dispatchedAt !== null && dispatchedAt <= now() - retentionMs && !waiting.has(id);
      const over = (await events.all(isOver)).slice(0, limit);
      let purged = 0;
      for (const { id } of over.toSorted(byId)) purged += await events.delete(id, isOver);
      return purged;
    },
  };
};
