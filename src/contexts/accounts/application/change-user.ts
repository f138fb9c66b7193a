import type { Role } from '../../../kernel/actor.js';
import type { UserId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { userDisabled } from '../domain/events.js';
import { User } from '../domain/user.js';
import { holdUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';
import { requireAnotherAdministrator } from './require-another-administrator.js';

export interface UserChanges {
  readonly role?: Role;
  readonly disabled?: boolean;
}

/**
 * Promotes, demotes, disables or enables a user. Disabling ends their sessions, makes mails void, forgets their places and has their
 * pending orders cancelled. Fails with `user_not_found` or `last_admin`.
 */
export const changeUser =
  ({ transact }: { transact: Transact<AccountsPorts> }) =>
  (id: UserId, changes: UserChanges): Promise<User> =>
    transact(async ({ users, sessions, mailTokens, knownPlaces, events, audit, now }) => {
      const losesAdmin = changes.role === 'customer' || changes.disabled === true;
      if (losesAdmin) await requireAnotherAdministrator({ users })(id);
      const before = await holdUser({ users })(id);
      const user = User.change(before, changes, now());
      await users.update(user);
      if (user.disabled) {
        await sessions.endAll(id, now());
        await mailTokens.voidAll(id);
        await knownPlaces.removeAll(id);
      }
      if (user.role !== before.role)
        await audit.record({ action: user.role === 'admin' ? 'user.promoted' : 'user.demoted', subject: id });
      if (user.disabled && !before.disabled) await events.append(userDisabled(user));
      if (user.disabled !== before.disabled)
        await audit.record({ action: user.disabled ? 'user.disabled' : 'user.enabled', subject: id });
      return user;
    });
