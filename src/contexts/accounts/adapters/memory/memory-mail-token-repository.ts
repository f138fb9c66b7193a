import { failWrite } from '#src/kernel/errors.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import type { MailTokenRepository } from '../../application/ports.js';
import { mailTokens } from './account-tables.js';

export const memoryMailTokenRepository = (scope: MemoryScope): MailTokenRepository => {
  const table = scope.table(mailTokens);
  return {
    find: (tokenHash) => table.find(tokenHash),
    add: (token) => table.insert(token),
    consume: async (tokenHash) => {
      if ((await table.delete(tokenHash)) === 0) throw failWrite('stale_write');
    },
    revokeAll: async (user) => {
      await table.deleteWhere(({ userId }) => userId === user);
    },
    purge: async (before, limit) => {
      const expired = (await table.all(({ expiresAt }) => expiresAt < before)).slice(0, limit);
      const hashes = new Set(expired.map(({ tokenHash }) => tokenHash));
      return table.deleteWhere(({ tokenHash }) => hashes.has(tokenHash));
    },
  };
};
