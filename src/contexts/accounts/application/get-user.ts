import type { UserId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { User } from '../domain/user.js';
import type { UserReader, UserRepository } from './ports.js';

const existing = (user: User | null): User => {
  if (user === null) throw fail('user_not_found');
  return user;
};

export const getUser =
  ({ users }: { users: UserReader }) =>
  async (id: UserId): Promise<User> =>
    existing(await users.find(id));

/** Step: the user, kept as they are until the transaction ends. */
export const lockUser =
  ({ users }: { users: UserRepository }) =>
  async (id: UserId): Promise<User> =>
    existing(await users.lock(id));
