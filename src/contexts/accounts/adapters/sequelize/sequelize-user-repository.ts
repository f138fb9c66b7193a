import { pageOf } from '#src/kernel/page.js';
import { readPage } from '#src/platform/database/lists.js';
import { deleteVersion, findRow, findRows, insertRow, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { UserRepository } from '../../application/ports.js';
import type { User } from '../../domain/user.js';
import { taken } from '../taken.js';
import { accountTables, type UserRow } from './account-tables.js';

export const sequelizeUserRepository = (scope: SqlScope): UserRepository => {
  const { users } = accountTables(scope.sequelize);

  const findBy = (where: Partial<UserRow>, options?: { readonly lock: boolean }): Promise<User | null> =>
    findRow(users, where, scope, options);

  return {
    find: (id) => findBy({ id }),
    findAll: (id) => (id.length === 0 ? Promise.resolve([]) : findRows(users, { where: { id } }, scope)),
    findByEmail: (emailKey) => findBy({ emailKey }),
    findByUsername: (username) => findBy({ username }),
    lock: (id) => findBy({ id }, { lock: true }),
    lockAdministrators: async () => {
      const where = { role: 'admin', disabled: false } as const;
      const rows = await findRows(users, { where, order: [['id', 'ASC']], lock: true }, scope);
      return rows.map(({ id }) => id);
    },
    list: async ({ role, disabled }, page) => {
      const equal = { ...(role !== undefined && { role }), ...(disabled !== undefined && { disabled }) };
      const sort = { column: 'createdAt', direction: 'desc' } as const;
      const rows = await readPage(users, { equal, sort, page }, scope);
      return pageOf(rows, page.limit, ({ id, createdAt }) => ({ key: createdAt.getTime(), id }));
    },
    add: (user) => insertRow(users, user, scope, taken),
    update: async (user) => {
      const { id, version, ...changes } = user;
      await updateVersion(users, { id, version }, changes, scope, taken);
    },
    // The foreign keys remove sessions and tokens.
    remove: ({ id, version }) => deleteVersion(users, { id, version }, scope),
  };
};
