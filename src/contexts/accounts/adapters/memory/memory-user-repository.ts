import { failWrite } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import { pageOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { UserRepository } from '../../application/ports.js';
import { User } from '../../domain/user.js';
import { taken } from '../taken.js';
import { knownPlaces, mailTokens, refreshTokens, sessions, users } from './account-tables.js';

export const memoryUserRepository = (scope: MemoryScope): UserRepository => {
  const table = scope.table(users);

  const findBy = async (where: (user: User) => boolean): Promise<User | null> => {
    const [user = null] = await table.all(where);
    return user;
  };

  return {
    find: (id) => table.find(id),
    findAll: (ids) => table.all(({ id }) => ids.includes(id)),
    findByEmail: (key) => findBy((user) => user.emailKey === key),
    findByUsername: (username) => findBy((user) => user.username === username),
    lock: (id) => table.lock(id),
    lockAdministrators: async () => {
      const candidates = (await table.all(User.isActiveAdmin)).map(({ id }) => id).sort(compareText);
      const locked: UserId[] = [];
      for (const id of candidates) {
        const user = await table.lock(id);
        if (user !== null && User.isActiveAdmin(user)) locked.push(id);
      }
      return locked;
    },
    list: async ({ role, disabled }, page) => {
      const rows = await table.all(
        (user) =>
          (role === undefined || user.role === role) &&
          (disabled === undefined || user.disabled === disabled),
      );
      const sort = ({ createdAt }: User): number => createdAt.getTime();
      const sorted = pageOfRows(rows, { sort, id: ({ id }) => id, direction: 'desc', page });
      return pageOf(sorted, page.limit, (user) => ({ key: sort(user), id: user.id }));
    },
    add: (user) => table.insert(user, taken),
    update: (user) => updateVersion(table, user.id, user.version, user, taken),
    remove: async ({ id, version }) => {
      const user = await table.lock(id); // first, so that no log-in starts a session meanwhile
      if (user?.version !== version) throw failWrite('stale_write');
      const own = (await scope.table(sessions).all(({ session }) => session.userId === id)).map(
        ({ session }) => session.id,
      );
      // Locked, so that no refresh adds another token meanwhile.
      for (const sessionId of own.sort(compareText)) await scope.table(sessions).lock(sessionId);
      await scope.table(refreshTokens).deleteWhere(({ sessionId }) => own.includes(sessionId));
      await scope.table(mailTokens).deleteWhere(({ userId }) => userId === id);
      await scope.table(knownPlaces).deleteWhere(({ userId }) => userId === id);
      await scope.table(sessions).deleteWhere(({ session }) => session.userId === id);
      await table.delete(id);
    },
  };
};
