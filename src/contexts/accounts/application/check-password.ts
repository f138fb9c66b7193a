import type { UserId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { User } from '../domain/user.js';
import { existingUser } from './existing-user.js';
import type { PasswordHasher, UserReader } from './ports.js';

/** The user, when that is their password. Fails with `wrong_password`. */
export const checkPassword =
  ({ users, passwords }: { users: UserReader; passwords: PasswordHasher }) =>
  async (id: UserId, password: string): Promise<User> => {
    const user = await existingUser({ users })(id);
    if (!(await passwords.verify(password, user.passwordHash))) throw fail('wrong_password');
    return user;
  };
export type CheckPassword = ReturnType<typeof checkPassword>;
