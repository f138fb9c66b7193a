import type { Role } from '../../../kernel/actor.js';
import type { UserId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { User } from '../domain/user.js';
import { holdUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';
import { requireAnotherAdministrator } from './require-another-administrator.js';

export interface UserChanges {
  readonly role?: Role;
  readonly disabled?: boolean;
}

/**
 * Promotes, demotes, disables or enables a user. Disabling ends their sessions. Fails with `user_not_found` or
 * `last_admin`.
 */
export const changeUser =
  ({ transact }: { transact: Transact<AccountsPorts> }) =>
  (id: UserId, changes: UserChanges): Promise<User> =>
    transact(async ({ users, sessions, now }) => {
      const losesAdmin = changes.role === 'customer' || changes.disabled === true;
      if (losesAdmin) await requireAnotherAdministrator({ users })(id);
      const user = User.change(await holdUser({ users })(id), changes, now());
      await users.update(user);
      if (user.disabled) await sessions.endAll(id, now());
      return user;
    });
