import { failWrite } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable, primaryName } from '../memory/table.js';
import type { People } from './people.js';

interface PersonRow {
  readonly id: UserId;
  readonly erasedAt: Date | null;
}

const peopleTable = memoryTable<PersonRow>({ name: 'people', key: ({ id }) => id });

const ADDED = { [primaryName(peopleTable)]: () => failWrite('stale_write') };

export const memoryPeople = (scope: MemoryScope): People => {
  const people = scope.table(peopleTable);
  return {
    lock: async (id) => {
      const found = await people.lock(id);
      if (found === null) await people.insert({ id, erasedAt: null }, ADDED);
      return (found?.erasedAt ?? null) === null;
    },
    erase: async (id, erasedAt) => {
      const changed = await people.update(id, (row) => ({ ...row, erasedAt: row.erasedAt ?? erasedAt }));
      if (changed === 0) await people.insert({ id, erasedAt }, ADDED);
    },
  };
};
