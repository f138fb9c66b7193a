import type { ApiKeyId, UserId } from '#src/kernel/ids.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import type { SaltRepository } from '../../application/ports.js';

interface SaltRow {
  readonly personId: UserId | ApiKeyId;
  readonly salt: string;
}

const saltTable = memoryTable<SaltRow>({ name: 'audit_salts', key: ({ personId }) => personId });

export const memorySaltRepository = (scope: MemoryScope): SaltRepository => {
  const salts = scope.table(saltTable);
  return {
    find: async (person) => (await salts.find(person))?.salt ?? null,
    add: (personId, salt) => salts.insert({ personId, salt }),
    remove: async (person) => {
      await salts.delete(person);
    },
  };
};
