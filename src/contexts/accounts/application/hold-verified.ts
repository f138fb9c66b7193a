import type { User } from '../domain/user.js';
import { lockUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';

/**
 * Step: holds the user whose password was checked as that of `known`. Null when another hash has taken its place since, that
 * of a new password or, by a log-in, a newer one of the same: only a new check can tell. Fails with `user_not_found`.
 */
export const lockVerifiedUser =
  ({ users }: Pick<AccountsPorts, 'users'>) =>
  async (known: User): Promise<User | null> => {
    const user = await lockUser({ users })(known.id);
    return user.passwordHash === known.passwordHash ? user : null;
  };
