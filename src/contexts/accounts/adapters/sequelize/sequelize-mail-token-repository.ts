import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import { deleteRows, findRow, findRows, insertRow } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { MailTokenRepository } from '../../application/ports.js';
import { accountTables } from './account-tables.js';

export const sequelizeMailTokenRepository = (scope: SqlScope): MailTokenRepository => {
  const { mailTokens } = accountTables(scope.sequelize);
  return {
    find: (tokenHash) => findRow(mailTokens, { tokenHash }, scope),
    add: (token) => insertRow(mailTokens, token, scope),
    consume: async (tokenHash) => {
      if ((await deleteRows(mailTokens, { tokenHash }, scope)) === 0) throw failWrite('stale_write');
    },
    revokeAll: async (userId) => {
      await deleteRows(mailTokens, { userId }, scope);
    },
    purge: async (before, limit) => {
      const expired = await findRows(mailTokens, { where: { expiresAt: { [Op.lt]: before } }, limit }, scope);
      if (expired.length === 0) return 0;
      const hashes = expired.map(({ tokenHash }) => tokenHash).sort();
      return deleteRows(mailTokens, { tokenHash: { [Op.in]: hashes } }, scope);
    },
  };
};
