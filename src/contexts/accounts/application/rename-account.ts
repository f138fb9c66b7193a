import type { UserId } from '#src/kernel/ids.js';
import { userChanged } from '../domain/events.js';
import { User } from '../domain/user.js';
import type { AccountsPorts } from './ports.js';

/** Step: the profile's name has changed, and the account's follows. Does nothing without an account. */
export const renameAccount =
  ({ users, events, now }: Pick<AccountsPorts, 'users' | 'events' | 'now'>) =>
  async (id: UserId, name: string): Promise<void> => {
    const user = await users.lock(id);
    if (user === null || user.name === name) return;
    const renamed = User.change(user, { name }, now());
    await users.update(renamed);
    await events.append(...userChanged(user, renamed));
  };
