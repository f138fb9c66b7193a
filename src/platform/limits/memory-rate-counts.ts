import { failWrite } from '#src/kernel/errors.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable, primaryName } from '../memory/table.js';
import type { RateCount, RateCounts } from './rate-counts.js';

interface CountRow extends RateCount {
  readonly id: string;
}

const countTable = memoryTable<CountRow>({ name: 'rate_counts', key: ({ id }) => id });

const TAKEN = { [primaryName(countTable)]: () => failWrite('stale_write') };

export const memoryRateCounts = (scope: MemoryScope): RateCounts => {
  const counts = scope.table(countTable);
  const find = async (id: string, at: Date): Promise<RateCount | null> => {
    const row = await counts.find(id);
    return row !== null && row.endsAt > at ? { points: row.points, endsAt: row.endsAt } : null;
  };
  return {
    find,
    add: async (id, points, at, endsAt) => {
      const touched = await counts.update(id, (row) =>
        row.endsAt > at ? { ...row, points: row.points + points } : null,
      );
      if (touched === 0) {
        await counts.delete(id, (row) => row.endsAt <= at);
        await counts.insert({ id, points, endsAt }, TAKEN);
      }
      const counted = await find(id, at);
      if (counted === null) throw failWrite('stale_write');
      return counted;
    },
    remove: async (id) => {
      await counts.delete(id);
    },
    purge: async (before, limit) => {
      const old = (await counts.all((row) => row.endsAt < before)).slice(0, limit);
      const ids = new Set(old.map(({ id }) => id));
      return counts.deleteWhere(({ id }) => ids.has(id));
    },
  };
};
