import { failWrite } from '#src/kernel/errors.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable, primaryName } from '../memory/table.js';
import {
  answered,
  bytesByCaller,
  claimed,
  hasExpired,
  mostRecords,
  quotaExceeded,
  RECORD_BYTES,
  replyIn,
  type IdempotencyStore,
  type IdempotencyRow,
  type IdempotencyKey,
  type UsageRow,
} from './idempotency-store.js';

export const keyTable = memoryTable<IdempotencyRow>({ name: 'idempotency_keys', key: ({ id }) => id });
export const usageTable = memoryTable<UsageRow>({ name: 'idempotency_usage', key: ({ caller }) => caller });

const TAKEN = { [primaryName(keyTable)]: () => failWrite('stale_write') };
const COUNTED = { [primaryName(usageTable)]: () => failWrite('stale_write') };

export const memoryIdempotencyStore = (scope: MemoryScope): IdempotencyStore => {
  const keys = scope.table(keyTable);
  const usage = scope.table(usageTable);

  const refuse = async (key: IdempotencyKey): Promise<never> => {
    const times = (await keys.all(({ caller }) => caller === key.caller)).map(({ createdAt }) => createdAt);
    throw quotaExceeded(key, times.sort((a, b) => a.getTime() - b.getTime())[0] ?? null);
  };

  const addUsage = async (key: IdempotencyKey, bytes: number): Promise<void> => {
    const { caller, quota } = key;
    const touched = await usage.update(caller, (row) =>
      row.bytes + bytes <= quota ? { ...row, bytes: row.bytes + bytes } : null,
    );
    if (touched === 1) return;
    if (bytes > quota || (await usage.find(caller)) !== null) await refuse(key);
    await usage.insert({ caller, bytes }, COUNTED);
  };

  const release = async (rows: readonly IdempotencyRow[]): Promise<void> => {
    for (const [caller, bytes] of bytesByCaller(rows)) {
      await usage.update(caller, (row) => ({ ...row, bytes: row.bytes - bytes }));
      await usage.delete(caller, (row) => row.bytes <= 0);
    }
  };

  const remove = async (rows: readonly IdempotencyRow[]): Promise<number> => {
    const ids = new Set(rows.map(({ id }) => id));
    if ((await keys.deleteWhere(({ id }) => ids.has(id))) !== ids.size) throw failWrite('stale_write');
    await release(rows);
    return ids.size;
  };

  const isFull = async ({ caller, quota }: IdempotencyKey): Promise<boolean> =>
    ((await usage.find(caller))?.bytes ?? 0) > quota - RECORD_BYTES;
  const hasTooMany = async (key: IdempotencyKey): Promise<boolean> =>
    (await keys.all(({ caller }) => caller === key.caller)).length >= mostRecords(key);

  return {
    claim: async (key, reference) => {
      if (await (reference === undefined ? isFull(key) : hasTooMany(key))) {
        if ((await keys.find(key.id)) !== null) throw failWrite('stale_write');
        await refuse(key);
      }
      await keys.insert(claimed(key, reference), TAKEN);
    },
    find: async (key) => {
      const row = await keys.find(key.id);
      if (row === null) return null;
      if (!hasExpired(row, key)) return replyIn(row, key);
      if ((await keys.delete(key.id, (current) => hasExpired(current, key))) === 1) await release([row]);
      return null;
    },
    complete: async (key, kept, subject) => {
      const columns = answered(kept, subject);
      const touched = await keys.update(key.id, (row) => ({ ...row, ...columns }));
      if (touched === 0) throw new Error('a reply was stored under a key that was not claimed');
      await addUsage(key, columns.bytes);
    },
    forget: async (person, limit) => {
      const removed = await remove((await keys.all(({ caller }) => caller === person)).slice(0, limit));
      if (removed > 0) return removed;
      await usage.delete(person);
      return remove((await keys.all(({ subject }) => subject === person)).slice(0, limit));
    },
    purge: async (before, limit) =>
      remove((await keys.all(({ createdAt }) => createdAt < before)).slice(0, limit)),
  };
};
