import { Op } from 'sequelize';
import type { Scope } from '#src/kernel/actor.js';
import { pageOf } from '#src/kernel/page.js';
import { readPage } from '#src/platform/database/lists.js';
import { findRow, insertRow, updateRows, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { ApiKeyRepository } from '../../application/ports.js';
import type { ApiKey } from '../../domain/api-key.js';
import { accountTables, type ApiKeyRow } from './account-tables.js';

// Only keys are stored, whose scopes are those of `SCOPES`.
const toKey = ({ secretHash: _secretHash, scopes, ...key }: ApiKeyRow): ApiKey => ({
  ...key,
  scopes: scopes.split(' ') as Scope[],
});

export const sequelizeApiKeyRepository = (scope: SqlScope): ApiKeyRepository => {
  const { apiKeys } = accountTables(scope.sequelize);

  const findBy = async (where: Partial<ApiKeyRow>): Promise<ApiKey | null> => {
    const row = await findRow(apiKeys, where, scope);
    return row && toKey(row);
  };

  return {
    find: (id) => findBy({ id }),
    findBySecret: (secretHash) => findBy({ secretHash }),
    list: async (page) => {
      const sort = { column: 'createdAt', direction: 'desc' } as const;
      const rows = await readPage(apiKeys, { equal: {}, sort, page }, scope);
      return pageOf(rows.map(toKey), page.limit, ({ id, createdAt }) => ({ key: createdAt.getTime(), id }));
    },
    add: (key, secretHash) => insertRow(apiKeys, { ...key, scopes: key.scopes.join(' '), secretHash }, scope),
    update: ({ id, version, revokedAt }) => updateVersion(apiKeys, { id, version }, { revokedAt }, scope),
    // No row updated: another process has stored a use in the meantime.
    noteUse: async (id, lastUsedAt, before) => {
      const due = { [Op.or]: [{ lastUsedAt: null }, { lastUsedAt: { [Op.lt]: before } }] };
      await updateRows(apiKeys, { lastUsedAt }, { id, ...due }, scope);
    },
  };
};
