import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import type { EntryFilter, EntryRepository } from '../../application/ports.js';
import type { Entry } from '../../domain/entry.js';

const entryTable = memoryTable<Entry>({ name: 'audit_entries', key: ({ id }) => id });

const time = ({ at }: Entry): number => at.getTime();

const matches =
  ({ actor, action, subject, from, to }: EntryFilter) =>
  (entry: Entry): boolean =>
    (actor === undefined || entry.actorId === actor) &&
    (action === undefined || entry.action === action) &&
    (subject === undefined || entry.subjectId === subject) &&
    (from === undefined || entry.at >= from) &&
    (to === undefined || entry.at < to);

export const memoryEntryRepository = (scope: MemoryScope): EntryRepository => {
  const entries = scope.table(entryTable);
  return {
    add: (entry) => entries.insert(entry),
    list: async (filter, page) => {
      const found = await entries.all(matches(filter));
      const rows = pageOfRows(found, { sort: time, id: ({ id }) => id, direction: 'desc', page });
      return pageOf(rows, page.limit, (entry) => ({ key: time(entry), id: entry.id }));
    },
  };
};
