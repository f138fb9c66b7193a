import type { UserId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { User } from '../domain/user.js';
import type { UserReader, UserRepository, AccountsPorts } from './ports.js';

const existing = (user: User | null): User => {
  if (user === null) throw fail('user_not_found');
  return user;
};

/** Step: returns the user. Fails with `user_not_found`. */
export const existingUser =
  ({ users }: { users: UserReader }) =>
  async (id: UserId): Promise<User> =>
    existing(await users.find(id));

/** Step: returns the user, locked until the transaction ends. Fails with `user_not_found`. */
export const lockUser =
  ({ users }: { users: UserRepository }) =>
  async (id: UserId): Promise<User> =>
    existing(await users.lock(id));

/**
 * Step: locks the user whose password was checked against the hash of `known`. Null when the hash has changed since, by a new
 * password or by a log-in that renewed it: then only a new check can decide. Fails with `user_not_found`.
 */
export const lockVerifiedUser =
  ({ users }: Pick<AccountsPorts, 'users'>) =>
  async (known: User): Promise<User | null> => {
    const user = await lockUser({ users })(known.id);
    return user.passwordHash === known.passwordHash ? user : null;
  };
