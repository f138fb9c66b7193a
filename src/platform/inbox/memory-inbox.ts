import { failWrite } from '#src/kernel/errors.js';
import type { EventId } from '#src/kernel/events.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable, primaryName } from '../memory/table.js';
import type { Inbox } from './inbox.js';

interface ReceivedRow {
  readonly eventId: EventId;
  readonly receivedAt: Date;
}

const receivedTable = memoryTable<ReceivedRow>({ name: 'inbox_events', key: ({ eventId }) => eventId });

const RECEIVED = { [primaryName(receivedTable)]: () => failWrite('stale_write') };

export const memoryInbox = (scope: MemoryScope): Inbox => {
  const events = scope.table(receivedTable);
  return {
    receive: async (eventId, receivedAt) => {
      if ((await events.find(eventId)) !== null) return false;
      await events.insert({ eventId, receivedAt }, RECEIVED);
      return true;
    },
    purge: async (before, limit) => {
      const old = (await events.all(({ receivedAt }) => receivedAt < before)).slice(0, limit);
      const ids = new Set(old.map(({ eventId }) => eventId));
      return events.deleteWhere(({ eventId }) => ids.has(eventId));
    },
  };
};
