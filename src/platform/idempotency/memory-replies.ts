import { failWrite } from '../../kernel/errors.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable, primaryName } from '../memory/table.js';
import { claimed, hasExpired, replyIn, type Replies, type ReplyRow } from './replies.js';

export const keyTable = memoryTable<ReplyRow>({ name: 'idempotency_keys', key: ({ id }) => id });

const TAKEN = { [primaryName(keyTable)]: () => failWrite('stale_write') };

export const memoryReplies = (scope: MemoryScope): Replies => {
  const keys = scope.table(keyTable);
  return {
    claim: (key) => keys.insert(claimed(key), TAKEN),
    find: async (key) => {
      const row = await keys.find(key.id);
      if (row === null) return null;
      if (!hasExpired(row, key)) return replyIn(row, key);
      await keys.delete(key.id, (current) => hasExpired(current, key));
      return null;
    },
    keep: async ({ id }, reply, subject) => {
      const touched = await keys.update(id, (row) => ({
        ...row,
        reply: JSON.stringify(reply),
        subject,
      }));
      if (touched === 0) throw new Error('an answer was kept under a key that nobody has claimed');
    },
    forget: async (person) => {
      await keys.deleteWhere(({ caller, subject }) => caller === person || subject === person);
    },
    purge: async (before, limit) => {
      const old = (await keys.all(({ createdAt }) => createdAt < before)).slice(0, limit);
      const ids = new Set(old.map(({ id }) => id));
      return keys.deleteWhere(({ id }) => ids.has(id));
    },
  };
};
