import { failWrite } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable, primaryName } from '../memory/table.js';
import type { People } from './people.js';

interface PersonRow {
  readonly id: UserId;
  readonly erasedAt: Date | null;
  /** Milliseconds since 1970. */
  readonly heldUntil: number | null;
}

const peopleTable = memoryTable<PersonRow>({ name: 'people', key: ({ id }) => id });

const ADDED = { [primaryName(peopleTable)]: () => failWrite('stale_write') };

export const memoryPeople = (scope: MemoryScope): People => {
  const people = scope.table(peopleTable);
  const put = async (id: UserId, change: (row: PersonRow) => PersonRow): Promise<void> => {
    if ((await people.update(id, change)) === 0)
      await people.insert(change({ id, erasedAt: null, heldUntil: null }), ADDED);
  };
  return {
    lock: async (id) => {
      const found = await people.lock(id);
      if (found === null) await people.insert({ id, erasedAt: null, heldUntil: null }, ADDED);
      const { erasedAt = null, heldUntil = null } = found ?? {};
      if (erasedAt !== null) return false;
      if (heldUntil !== null && heldUntil > Date.now()) throw failWrite('stale_write');
      return true;
    },
    hold: (id, forMs) => put(id, (row) => ({ ...row, heldUntil: Date.now() + forMs })),
    erase: (id, erasedAt) => put(id, (row) => ({ ...row, erasedAt: row.erasedAt ?? erasedAt })),
  };
};
