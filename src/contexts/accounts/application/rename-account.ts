import type { UserId } from '#src/kernel/ids.js';
import { User } from '../domain/user.js';
import type { AccountsPorts } from './ports.js';

/** Step: the profile's name has changed, and the account's follows. Does nothing without an account. */
export const renameAccount =
  ({ users, now }: Pick<AccountsPorts, 'users' | 'now'>) =>
  async (id: UserId, name: string): Promise<void> => {
    const user = await users.lock(id);
    if (user !== null && user.name !== name) await users.update(User.change(user, { name }, now()));
  };
