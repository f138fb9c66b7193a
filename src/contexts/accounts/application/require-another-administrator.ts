import type { UserId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { UserRepository } from './ports.js';

/**
 * Step: refuses with `last_admin` when the user is the only enabled administrator. All of them are locked first, in id
 * order, so that of two who demote each other at the same time one is refused.
 */
export const requireAnotherAdministrator =
  ({ users }: { users: UserRepository }) =>
  async (id: UserId): Promise<void> => {
    const administrators = await users.lockAdministrators();
    if (administrators.length === 1 && administrators[0] === id) throw fail('last_admin');
  };
