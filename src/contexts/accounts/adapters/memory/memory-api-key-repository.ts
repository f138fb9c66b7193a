import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { ApiKeyRepository } from '../../application/ports.js';
import type { ApiKey } from '../../domain/api-key.js';
import { apiKeys, type ApiKeyRow } from './account-tables.js';

const toKey = ({ secretHash: _secretHash, ...key }: ApiKeyRow): ApiKey => key;

export const memoryApiKeyRepository = (scope: MemoryScope): ApiKeyRepository => {
  const table = scope.table(apiKeys);

  const found = (row: ApiKeyRow | null | undefined): ApiKey | null => (row ? toKey(row) : null);

  return {
    find: async (id) => found(await table.find(id)),
    findBySecret: async (secretHash) => found((await table.all((row) => row.secretHash === secretHash))[0]),
    list: async (page) => {
      const sort = ({ createdAt }: ApiKey): number => createdAt.getTime();
      const rows = pageOfRows(await table.all(), { sort, id: ({ id }) => id, direction: 'desc', page });
      return pageOf(rows.map(toKey), page.limit, (key) => ({ key: sort(key), id: key.id }));
    },
    add: (key, secretHash) => table.insert({ ...key, secretHash }),
    update: ({ id, version, revokedAt }) => updateVersion(table, id, version, { revokedAt }),
    noteUse: async (id, lastUsedAt, before) => {
      await table.update(id, (row) =>
        row.lastUsedAt === null || row.lastUsedAt < before ? { ...row, lastUsedAt } : null,
      );
    },
  };
};
