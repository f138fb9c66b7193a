import type { UserId } from '#src/kernel/ids.js';
import { holdUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';
import { requireAnotherAdministrator } from './require-another-administrator.js';

/** Step: removes the account of an erased person with its sessions; the e-mail address may sign up anew. Fails with `last_admin`. */
export const closeAccount =
  ({ users }: Pick<AccountsPorts, 'users'>) =>
  async (id: UserId): Promise<void> => {
    await requireAnotherAdministrator({ users })(id);
    await users.remove(await holdUser({ users })(id));
  };
