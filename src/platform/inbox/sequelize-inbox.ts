import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import type { EventId } from '#src/kernel/events.js';
import { instant, primaryKey, uuid } from '../database/columns.js';
import { insertRowIf } from '../database/insert-if.js';
import { valuesOf } from '../database/lists.js';
import { deleteRows, findColumns, type Sql } from '../database/rows.js';
import type { SqlScope } from '../database/scope.js';
import { defineTable, defineTables } from '../database/tables.js';
import type { Inbox } from './inbox.js';

export const inboxTables = defineTables((db) => ({
  events: defineTable(db, 'inbox_events', {
    eventId: primaryKey(uuid<EventId>()),
    receivedAt: instant(),
  }),
}));

/** A concurrent transaction has stored it since the condition was read. */
const RECEIVED = { inbox_events_pkey: () => failWrite('stale_write') };

export const sequelizeInbox = (scope: SqlScope): Inbox => {
  const { events } = inboxTables(scope.sequelize);
  return {
    receive: async (eventId, receivedAt) => {
      const stored = valuesOf(events, 'eventId', { eventId });
      const isNew: Sql = (bind) => `NOT EXISTS ${stored(bind)}`;
      return (await insertRowIf(events, { eventId, receivedAt }, isNew, scope, RECEIVED)) === 1;
    },
    purge: async (before, limit) => {
      const where = { receivedAt: { [Op.lt]: before } };
      const old = await findColumns(
        events,
        ['eventId'],
        { where, order: [['receivedAt', 'asc']], limit },
        scope,
      );
      const ids = old.map(({ eventId }) => eventId).sort();
      return ids.length === 0 ? 0 : deleteRows(events, { eventId: { [Op.in]: ids } }, scope);
    },
  };
};
