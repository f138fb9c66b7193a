import { deleteRows, findRow, insertRow } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { SaltRepository } from '../../application/ports.js';
import { auditTables } from './audit-tables.js';

export const sequelizeSaltRepository = (scope: SqlScope): SaltRepository => {
  const { salts } = auditTables(scope.sequelize);
  return {
    find: async (personId) => (await findRow(salts, { personId }, scope))?.salt ?? null,
    add: (personId, salt) => insertRow(salts, { personId, salt }, scope),
    remove: async (personId) => {
      await deleteRows(salts, { personId }, scope);
    },
  };
};
