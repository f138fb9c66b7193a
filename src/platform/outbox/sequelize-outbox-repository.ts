import { Op, literal, type Order } from 'sequelize';
import type { Brand } from '#src/kernel/brand.js';
import type { DomainEvent, EventData, EventId } from '#src/kernel/events.js';
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
import { deleteRows, findRows, insertRows, plus, updateRows, type Where } from '../database/rows.js';
import type { SqlScope } from '../database/scope.js';
import { defineTable, defineTables, type RowIn } from '../database/tables.js';
import {
  aggregateOf,
  type ClaimedEvent,
  type Outcome,
  type OutboxRepository,
  type TriedEvent,
} from './outbox.js';

export const outboxTables = defineTables((db) => ({
  events: defineTable(db, 'outbox_events', {
    id: primaryKey(uuid<EventId>()),
    aggregate: text(32),
    aggregateId: uuid<Brand<string, string>>(),
    version: integer(),
    sequence: integer(),
    type: text<DomainEvent['type']>(64),
    data: longText(),
    occurredAt: instant(),
    state: text<'pending' | 'parked' | 'delivered'>(16),
    dueAt: milliseconds(),
    tries: integer(),
    claimId: nullable(uuid()),
  }),
}));

type Row = RowIn<ReturnType<typeof outboxTables>['events']>;

const eventIn = ({
  aggregate: _aggregate,
  state: _state,
  dueAt: _dueAt,
  claimId: _claimId,
  data,
  ...event
}: Row): TriedEvent => ({ ...event, data: JSON.parse(data) as EventData });

const WAITING_LONGEST: Order = [
  ['dueAt', 'asc'],
  ['id', 'asc'],
];

/** What the database works out for itself: its time, and which event is the first of its aggregate. */
const expressions = ({ sequelize }: SqlScope) => {
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  const clock = DATABASE_NOW[sequelize.getDialect()] ?? '';
  const event = (column: string): string => `${quote('outbox_events')}.${quote(column)}`;
  const earlier = (column: string): string => `${quote('earlier')}.${quote(column)}`;
  const same = (column: string): string => `${earlier(column)} = ${event(column)}`;
  const noneBefore = (state: string): string =>
    `NOT EXISTS (SELECT 1 FROM ${quote('outbox_events')} ${quote('earlier')}
      WHERE ${same('aggregate')} AND ${same('aggregateId')} AND ${earlier('state')} = '${state}'
      AND (${earlier('version')} < ${event('version')}
        OR (${same('version')} AND ${earlier('sequence')} < ${event('sequence')})))`;
  return {
    now: literal(clock),
    inMs: (ms: number) => literal(`${clock} + ${String(Math.round(ms))}`),
    isTime: literal(`${quote('dueAt')} <= ${clock}`),
    // One equality for each state, so that an index leads past all that was delivered long ago.
    isFirst: literal(['pending', 'parked'].map(noneBefore).join(' AND ')),
  };
};

export const sequelizeOutboxRepository = (scope: SqlScope): OutboxRepository => {
  const { events } = outboxTables(scope.sequelize);
  const { now, inMs, isTime, isFirst } = expressions(scope);

  const settled = (outcome: Outcome) => {
    switch (outcome.is) {
      case 'delivered':
        return { claimId: null, state: 'delivered', dueAt: inMs(outcome.keepMs) } as const;
      case 'failed':
        return { claimId: null, dueAt: inMs(outcome.retryInMs) };
      case 'parked':
        return { claimId: null, state: 'parked' } as const;
    }
  };

  return {
    add: async (added) => {
      const rows = added.map(({ data, ...event }) => ({
        ...event,
        aggregate: aggregateOf(event),
        data: JSON.stringify(data),
        state: 'pending' as const,
        dueAt: now,
        tries: 0,
        claimId: null,
      }));
      await insertRows(events, rows, scope);
    },

    due: async (limit) => {
      const where = { state: 'pending', [Op.and]: [isTime, isFirst] } as Where<Row>;
      const rows = await findRows(events, { where, order: WAITING_LONGEST, limit }, scope);
      return rows.map(({ id }) => id);
    },

    claim: async (ids, { claimId, leaseMs }) => {
      const changes = { claimId, dueAt: inMs(leaseMs), tries: plus('tries', 1, scope) };
      const where = { id: [...ids], state: 'pending', [Op.and]: isTime } as Where<Row>;
      if ((await updateRows(events, changes, where, scope)) === 0) return [];
      const rows = await findRows(events, { where: { id: [...ids], claimId } as Where<Row> }, scope);
      return rows.map((row): ClaimedEvent => ({ ...eventIn(row), claimId }));
    },

    settle: async (settlements) => {
      let touched = 0;
      for (const { event, outcome } of settlements.toSorted((a, b) => compareText(a.event.id, b.event.id))) {
        const { id, claimId } = event;
        touched += await updateRows(events, settled(outcome), { id, claimId }, scope);
      }
      return touched;
    },

    parked: async (limit) => {
      const where: Where<Row> = { state: 'parked' };
      return (await findRows(events, { where, order: WAITING_LONGEST, limit }, scope)).map(eventIn);
    },

    requeue: (id) =>
      updateRows(events, { state: 'pending', dueAt: now, tries: 0 }, { id, state: 'parked' }, scope),

    purge: async (limit) => {
      const isOver = { state: 'delivered', [Op.and]: isTime } as Where<Row>;
      const rows = await findRows(events, { where: isOver, order: WAITING_LONGEST, limit }, scope);
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return 0;
      return deleteRows(events, { [Op.and]: [{ id: ids }, isOver] } as Where<Row>, scope);
    },
  };
};
