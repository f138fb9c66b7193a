import type { UserId } from '#src/kernel/ids.js';
import { holdUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';
import { requireAnotherAdministrator } from './require-another-administrator.js';

/** Step: a person is erased. The account goes with its sessions; the e-mail address may sign up anew. */
export const closeAccount =
  ({ users, traces }: Pick<AccountsPorts, 'users' | 'traces'>) =>
  async (id: UserId): Promise<void> => {
    await requireAnotherAdministrator({ users })(id);
    await users.remove(await holdUser({ users })(id));
    await traces.blur(id);
  };
