import type { UserId } from '#src/kernel/ids.js';
import { userErased } from '../domain/events.js';
import { User } from '../domain/user.js';
import { lockUser } from './existing-user.js';
import type { AccountsPorts } from './ports.js';
import { requireAnotherAdministrator } from './require-another-administrator.js';

/** Step: removes the account of an erased person with its sessions; the e-mail address may sign up anew. Fails with `last_admin`. */
export const closeAccount =
  ({ users, events, now }: Pick<AccountsPorts, 'users' | 'events' | 'now'>) =>
  async (id: UserId): Promise<void> => {
    await requireAnotherAdministrator({ users })(id);
    const user = await lockUser({ users })(id);
    await users.remove(user);
    await events.append(userErased(User.erase(user, now())));
  };
