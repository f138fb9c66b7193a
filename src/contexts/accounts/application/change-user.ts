import { OPERATOR, type Manager, type Role } from '#src/kernel/actor.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { userChanged } from '../domain/events.js';
import { User } from '../domain/user.js';
import { lockUser } from './existing-user.js';
import type { AccountsPorts } from './ports.js';
import { requireAnotherAdministrator } from './require-another-administrator.js';
import { requireRecentLogIn } from './require-recent-log-in.js';

export interface UserChanges {
  readonly role?: Role;
  readonly disabled?: boolean;
}

/** Whether a change gives a user rights that they did not have. */
const raises = (before: User, after: User): boolean =>
  (after.role === 'admin' && before.role !== 'admin') || (before.disabled && !after.disabled);

/**
 * Promotes, demotes, disables or enables a user. Disabling ends their sessions, revokes mailed tokens, forgets their places and
 * has their pending orders cancelled. Fails with `user_not_found` or `last_admin`, and with `recent_login_required` if the
 * log-in of `by`, the caller, is too old to promote or enable a user.
 */
export const changeUser =
  (by: Manager, id: UserId, changes: UserChanges): Work<AccountsPorts, User> =>
  async ({ users, sessions, mailTokens, knownPlaces, events, audit, now }) => {
    const losesAdmin = changes.role === 'customer' || changes.disabled === true;
    if (losesAdmin) await requireAnotherAdministrator({ users })(id);
    const before = await lockUser({ users })(id);
    const user = User.change(before, changes, now());
    // Otherwise a thief with a stolen token promotes an account of their own and logs in. Rights are taken away without delay.
    if (by !== OPERATOR && raises(before, user)) requireRecentLogIn({ now })(by);
    await users.update(user);
    await events.append(...userChanged(before, user));
    if (user.disabled) {
      await sessions.endAll(id, now());
      await mailTokens.revokeAll(id);
      await knownPlaces.removeAll(id);
    }
    if (user.role !== before.role)
      await audit.record({ action: user.role === 'admin' ? 'user.promoted' : 'user.demoted', subject: id });
    if (user.disabled !== before.disabled)
      await audit.record({ action: user.disabled ? 'user.disabled' : 'user.enabled', subject: id });
    return user;
  };
