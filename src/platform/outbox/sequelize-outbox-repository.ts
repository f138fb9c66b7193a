import { Op } from 'sequelize';
import type { Brand } from '#src/kernel/brand.js';
import { failWrite } from '#src/kernel/errors.js';
import type { EventData, EventId, EventType } from '#src/kernel/events.js';
import { compareText } from '#src/kernel/text.js';
import {
  instant,
  integer,
  longText,
  milliseconds,
  nullable,
  primaryKey,
  text,
  uuid,
} from '../database/columns.js';
import { DATABASE_NOW } from '../database/lease.js';
import {
  deleteRows,
  findColumns,
  findRow,
  findRows,
  insertRows,
  plus,
  updateRows,
  type Order,
  type Sql,
  type Where,
} from '../database/rows.js';
import { run } from '../database/prepared.js';
import type { SqlScope } from '../database/scope.js';
import { selectFrom } from '../database/statements.js';
import { defineTable, defineTables, type RowIn } from '../database/tables.js';
import { dispatched, newDeliveries, type Addressee } from './new-deliveries.js';
import {
  afterChoice,
  aggregateOf,
  COUNTED,
  type DeadLetterFilter,
  type Delivery,
  type Outcome,
  type OutboxEvent,
  type OutboxRepository,
  type Subscription,
} from './outbox.js';

export const outboxTables = defineTables((db) => {
  /** Columns that an event and its deliveries share. */
  const number = {
    aggregate: text(32),
    aggregateId: uuid<Brand<string, string>>(),
    version: integer(),
    sequence: integer(),
    type: text<EventType>(64),
  };
  return {
    events: defineTable(db, 'outbox_events', {
      id: primaryKey(uuid<EventId>()),
      ...number,
      data: longText(),
      occurredAt: instant(),
      dispatchedAt: nullable(milliseconds()),
    }),
    subscriptions: defineTable(db, 'outbox_subscriptions', {
      subscriber: primaryKey(text(64)),
      types: longText(),
      version: integer(),
    }),
    deliveries: defineTable(db, 'outbox_deliveries', {
      eventId: primaryKey(uuid<EventId>()),
      subscriber: primaryKey(text(64)),
      ...number,
      state: text<'pending' | 'dead_lettered'>(16),
      dueAt: milliseconds(),
      attempts: integer(),
      claimId: nullable(uuid()),
    }),
  };
});

type Tables = ReturnType<typeof outboxTables>;
type EventRow = RowIn<Tables['events']>;
type SubscriptionRow = RowIn<Tables['subscriptions']>;
type DeliveryRow = RowIn<Tables['deliveries']>;

const eventIn = ({ aggregate: _aggregate, dispatchedAt: _dispatchedAt, data, ...event }: EventRow) =>
  ({ ...event, data: JSON.parse(data) as EventData }) satisfies OutboxEvent;

const typesIn = ({ types }: Pick<SubscriptionRow, 'types'>): readonly EventType[] =>
  JSON.parse(types) as EventType[]; // written by `typesText` alone
const typesText = (types: readonly EventType[]): string => JSON.stringify(types.toSorted(compareText));

const subscriptionIn = (row: SubscriptionRow): Subscription => ({
  subscriber: row.subscriber,
  types: typesIn(row),
});

const WAITING_LONGEST = [
  ['dueAt', 'asc'],
  ['eventId', 'asc'],
] satisfies Order;

/** A prefix of rows in this order contains no event without the earlier ones of its aggregate. */
const BY_AGGREGATE: Order = [
  ['aggregateId', 'asc'],
  ['version', 'asc'],
  ['sequence', 'asc'],
];

/** The same order. */
const byNumber = (a: OutboxEvent, b: OutboxEvent): number =>
  compareText(a.aggregateId, b.aggregateId) || a.version - b.version || a.sequence - b.sequence;

/** Returns the same order, by the index. PostgreSQL uses it only if its first column is named, MySQL only if it is not. */
const byAggregate = ({ sequelize }: SqlScope): Order =>
  sequelize.getDialect() === 'postgres' ? [['dispatchedAt', 'asc'], ...BY_AGGREGATE] : BY_AGGREGATE;

/**
 * Returns expressions that the database computes: its time, and whether a delivery is the first of its aggregate for its
 * subscriber.
 */
const expressions = ({ sequelize }: SqlScope) => {
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  const clock = DATABASE_NOW[sequelize.getDialect()] ?? '';
  const column = (table: string, name: string): string => `${quote(table)}.${quote(name)}`;
  const delivery = (name: string): string => column('outbox_deliveries', name);
  const earlier = (name: string): string => column('earlier', name);
  const same = (name: string): string => `${earlier(name)} = ${delivery(name)}`;
  return {
    now: () => clock,
    inMs:
      (ms: number): Sql =>
      (bind) =>
        `${clock} + ${bind(Math.round(ms))}`,
    isTime: () => `${quote('dueAt')} <= ${clock}`,
    isFirst: () =>
      `NOT EXISTS (SELECT 1 FROM ${quote('outbox_deliveries')} ${quote('earlier')}
        WHERE ${same('subscriber')} AND ${same('aggregateId')} AND ${same('aggregate')}
        AND (${earlier('version')} < ${delivery('version')}
          OR (${same('version')} AND ${earlier('sequence')} < ${delivery('sequence')})))`,
    isOld:
      (ms: number): Sql =>
      (bind) =>
        `${quote('dispatchedAt')} <= ${clock} - ${bind(Math.round(ms))}`,
    isDelivered: () =>
      // Not by NOT EXISTS, for which MariaDB reads all deliveries first.
      `(SELECT COUNT(*) FROM ${quote('outbox_deliveries')}
        WHERE ${delivery('eventId')} = ${column('outbox_events', 'id')}) = 0`,
  };
};

/** The columns of a subscriber to an undispatched event; null if there is none. */
interface Addressed {
  readonly subscriber: string | null;
  readonly types: string | null;
  /** 0, or 1 if an earlier event of the aggregate waits for the subscriber. */
  readonly isBlocked: number | string;
}

/**
 * Reads undispatched events, none without the earlier ones of its aggregate. An event comes once for each subscriber that may be
 * one to its type (LIKE takes `_` for any character), or once without any.
 */
const selectUndispatched =
  (scope: SqlScope, limit: number): Sql =>
  (bind) => {
    const { events, subscriptions, deliveries } = outboxTables(scope.sequelize);
    const { quote, dialect, columns } = events.names;
    const query = { where: { dispatchedAt: null }, order: byAggregate(scope), limit };
    const inPage = (name: string): string => `${quote('page')}.${quote(name)}`;
    const pattern = ["'%\"'", inPage('type'), "'\"%'"];
    const like = dialect === 'mysql' ? `CONCAT(${pattern.join(', ')})` : pattern.join(' || ');
    const waiting = [
      `${deliveries.names.qualified('subscriber')} = ${subscriptions.names.qualified('subscriber')}`,
      `${deliveries.names.qualified('aggregateId')} = ${inPage('aggregateId')}`,
      `${deliveries.names.qualified('aggregate')} = ${inPage('aggregate')}`,
    ].join(' AND ');
    // Not the version of the subscription, which would hide that of the event.
    const addressed = ['subscriber', 'types'].map(subscriptions.names.qualified).join(', ');
    return `SELECT ${columns.map(inPage).join(', ')}, ${addressed},
      CASE WHEN EXISTS (SELECT 1 FROM ${deliveries.names.table} WHERE ${waiting}) THEN 1 ELSE 0 END AS ${quote('isBlocked')}
      FROM (${selectFrom(events, null, query)(bind)}) AS ${quote('page')}
      LEFT JOIN ${subscriptions.names.table} ON ${subscriptions.names.qualified('types')} LIKE ${like}`;
  };

export const sequelizeOutboxRepository = (scope: SqlScope): OutboxRepository => {
  const { events, subscriptions, deliveries } = outboxTables(scope.sequelize);
  const { now, inMs, isTime, isFirst, isOld, isDelivered } = expressions(scope);

  /** Returns the deliveries of rows, in their order, with their events. */
  const withEvents = async (rows: readonly DeliveryRow[]): Promise<readonly Delivery[]> => {
    if (rows.length === 0) return [];
    const found = await findRows(events, { where: { id: rows.map(({ eventId }) => eventId) } }, scope);
    const byId = new Map(found.map((row) => [row.id, eventIn(row)]));
    return rows.flatMap(({ eventId, subscriber, attempts }) => {
      const event = byId.get(eventId);
      return event === undefined ? [] : [{ event, subscriber, attempts }];
    });
  };

  const findDeadLettered = ({ event, subscriber }: DeadLetterFilter, limit: number) => {
    const where: Where<DeliveryRow> = {
      state: 'dead_lettered',
      ...(event !== undefined && { eventId: event }),
      ...(subscriber !== undefined && { subscriber }),
    };
    const order: Order = [['subscriber', 'asc'], ...WAITING_LONGEST];
    return findRows(deliveries, { where, order, limit }, scope);
  };

  const settle = (outcome: Outcome, where: Where<DeliveryRow>): Promise<number> => {
    switch (outcome.is) {
      case 'delivered':
        return deleteRows(deliveries, where, scope);
      case 'failed':
        return updateRows(deliveries, { claimId: null, dueAt: inMs(outcome.retryInMs) }, where, scope);
      case 'dead_lettered':
        return updateRows(deliveries, { claimId: null, state: 'dead_lettered' }, where, scope);
    }
  };

  const addSubscription = (row: SubscriptionRow): Promise<void> =>
    // Another process may store it first.
    insertRows(subscriptions, [row], scope, { outbox_subscriptions_pkey: () => failWrite('stale_write') });

  /** Returns undispatched events, in their order, with their subscribers, by one consistent read without locks. */
  const undispatched = async (limit: number) => {
    const { rows } = await run(selectUndispatched(scope, limit), scope);
    const read = rows
      .map((raw) => ({ event: eventIn(events.read(raw)), ...(raw as Addressed) }))
      .toSorted((a, b) => byNumber(a.event, b.event));
    const addressees = read.flatMap(({ event, subscriber, types, isBlocked }): readonly Addressee[] =>
      subscriber !== null && types !== null && (JSON.parse(types) as string[]).includes(event.type)
        ? [{ event, subscriber, isBlocked: Number(isBlocked) > 0 }]
        : [],
    );
    return { found: [...new Map(read.map(({ event }) => [event.id, event])).values()], addressees };
  };

  const dispatchAndClaim: OutboxRepository['dispatchAndClaim'] = async (limit, claimants) => {
    const { found, addressees } = await undispatched(limit);
    if (found.length === 0) return dispatched([], []);
    const where = { id: found.map(({ id }) => id), dispatchedAt: null } as Where<EventRow>;
    const touched = await updateRows(events, { dispatchedAt: now }, where, scope);
    if (touched < found.length) throw failWrite('stale_write');
    const made = newDeliveries(addressees, claimants);
    const rows = made.map(({ event, subscriber, claimant }) => ({
      ...{ eventId: event.id, subscriber, aggregate: aggregateOf(event), aggregateId: event.aggregateId },
      ...{ version: event.version, sequence: event.sequence, type: event.type, state: 'pending' as const },
      ...{ claimId: claimant?.claimId ?? null, attempts: claimant === null ? 0 : 1 },
      dueAt: claimant === null ? now : inMs(claimant.leaseMs),
    }));
    const refusals = { outbox_deliveries_subscriber_fk: () => failWrite('stale_write') };
    await insertRows(deliveries, rows, scope, refusals);
    return dispatched(found, made);
  };

  return {
    add: async (added) => {
      const rows = added.map(({ data, ...event }) => ({
        ...event,
        aggregate: aggregateOf(event),
        data: JSON.stringify(data),
        dispatchedAt: null,
      }));
      await insertRows(events, rows, scope);
    },

    subscribe: async (given) => {
      const { subscriber } = given;
      const types = typesText(given.types);
      const stored = await findRow(subscriptions, { subscriber }, scope);
      if (stored?.types === types) return;
      const touched = stored === null ? 0 : await updateRows(subscriptions, { types }, { subscriber }, scope);
      if (touched === 0) await addSubscription({ subscriber, types, version: 0 });
    },

    choose: async (subscriber, chosen) => {
      const stored = await findRow(subscriptions, { subscriber }, scope);
      const after = afterChoice(
        stored === null ? null : { version: stored.version, types: typesIn(stored) },
        chosen,
      );
      const row = { version: after.version, types: typesText(after.types) };
      if (stored === null) await addSubscription({ subscriber, ...row });
      else if (row.types !== stored.types || row.version !== stored.version) {
        const { types, version } = stored;
        if ((await updateRows(subscriptions, row, { subscriber, types, version }, scope)) === 0)
          throw failWrite('stale_write');
      }
      return after;
    },

    unsubscribe: async (subscriber) => {
      await deleteRows(deliveries, { subscriber }, scope);
      // Events may be dispatched meanwhile.
      const refusals = { outbox_deliveries_subscriber_fk: () => failWrite('stale_write') };
      return deleteRows(subscriptions, { subscriber }, scope, refusals);
    },

    hasUndispatched: async () =>
      (await findColumns(events, ['id'], { where: { dispatchedAt: null }, limit: 1 }, scope)).length > 0,

    dispatch: async (limit) => (await dispatchAndClaim(limit, [])).events,

    dispatchAndClaim,

    due: async ({ subscriber, types }, limit) => {
      const where = {
        ...{ state: 'pending', subscriber, type: [...types] },
        [Op.and]: [isTime, isFirst],
      } as Where<DeliveryRow>;
      const query = { where, order: WAITING_LONGEST, limit };
      return (await findColumns(deliveries, ['eventId'], query, scope)).map(({ eventId }) => eventId);
    },

    claim: async (subscriber, ids, { claimId, leaseMs }) => {
      const changes = { claimId, dueAt: inMs(leaseMs), attempts: plus('attempts', 1, scope) };
      const where = { eventId: [...ids], subscriber };
      const isFree = { ...where, state: 'pending', [Op.and]: isTime } as Where<DeliveryRow>;
      if ((await updateRows(deliveries, changes, isFree, scope)) === 0) return [];
      const mine = { ...where, claimId } as Where<DeliveryRow>;
      const claimed = await withEvents(await findRows(deliveries, { where: mine }, scope));
      return claimed.map((delivery) => ({ ...delivery, claimId }));
    },

    settle: async (settlements) => {
      let touched = 0;
      const sorted = settlements.toSorted((a, b) => compareText(a.delivery.event.id, b.delivery.event.id));
      for (const { delivery, outcome } of sorted) {
        const { event, subscriber, claimId } = delivery;
        touched += await settle(outcome, { eventId: event.id, subscriber, claimId });
      }
      return touched;
    },

    deadLettered: async (filter, limit) => withEvents(await findDeadLettered(filter, limit)),

    requeue: async (filter, limit) => {
      const requeued: DeliveryRow[] = [];
      for (const row of await findDeadLettered(filter, limit)) {
        const { eventId, subscriber } = row;
        const changes = { state: 'pending' as const, dueAt: now, attempts: 0 };
        const where: Where<DeliveryRow> = { eventId, subscriber, state: 'dead_lettered' };
        if ((await updateRows(deliveries, changes, where, scope)) > 0) requeued.push(row);
      }
      return withEvents(requeued);
    },

    backlogs: async () => {
      const rows = await findRows(subscriptions, { order: [['subscriber', 'asc']] }, scope);
      const counted = [];
      for (const subscription of rows.map(subscriptionIn)) {
        const { subscriber } = subscription;
        const query = { where: { subscriber }, limit: COUNTED };
        const waiting = await findColumns(deliveries, ['eventId'], query, scope);
        counted.push({ ...subscription, waiting: waiting.length });
      }
      return counted;
    },

    purge: async (retentionMs, limit) => {
      const where = { [Op.and]: [isOld(retentionMs), isDelivered] } as Where<EventRow>;
      const order: Order = [['dispatchedAt', 'asc']];
      const rows = await findColumns(events, ['id'], { where, order, limit }, scope);
      const ids = rows.map(({ id }) => id);
      return ids.length === 0 ? 0 : deleteRows(events, { id: ids } as Where<EventRow>, scope);
    },
  };
};
