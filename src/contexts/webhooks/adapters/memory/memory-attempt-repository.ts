import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import type { AttemptRepository } from '../../application/ports.js';
import type { Attempt } from '../../domain/attempt.js';

const attemptTable = memoryTable<Attempt>({ name: 'webhook_attempts', key: ({ id }) => id });

const time = ({ at }: Attempt): number => at.getTime();
const idOf = ({ id }: Attempt): string => id;
const position = (row: Attempt) => ({ key: time(row), id: row.id });

export const memoryAttemptRepository = (scope: MemoryScope): AttemptRepository => {
  const attempts = scope.table(attemptTable);
  return {
    list: async (endpoint, { eventId, outcome, from, to }, page) => {
      const found = await attempts.all(
        (row) =>
          row.endpointId === endpoint &&
          (eventId === undefined || row.eventId === eventId) &&
          (outcome === undefined || row.outcome === outcome) &&
          (from === undefined || row.at >= from) &&
          (to === undefined || row.at < to),
      );
      const rows = pageOfRows(found, { sort: time, id: idOf, direction: 'desc', page });
      return pageOf(rows, page.limit, position);
    },
    findLatest: async (endpoint, event, outcome) => {
      const found = await attempts.all(
        (row) =>
          row.endpointId === endpoint &&
          row.eventId === event &&
          (outcome === undefined || row.outcome === outcome),
      );
      const page = { limit: 1, after: null };
      return pageOfRows(found, { sort: time, id: idOf, direction: 'desc', page })[0] ?? null;
    },
    add: (attempt) => attempts.insert(attempt),
    purge: async (before, limit) => {
      const old = (await attempts.all(({ at }) => at < before)).slice(0, limit);
      let purged = 0;
      for (const id of old.map(idOf).sort()) purged += await attempts.delete(id);
      return purged;
    },
  };
};
