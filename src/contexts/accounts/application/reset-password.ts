import type { UserId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { User } from '../domain/user.js';
import { holdUser } from './get-user.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

/** Sets a password without knowing the old one, for whoever runs the shop, and ends all of the user's sessions. */
export const resetPassword =
  ({ transact, passwords }: { transact: Transact<AccountsPorts>; passwords: PasswordHasher }) =>
  async (id: UserId, newPassword: string): Promise<void> => {
    const passwordHash = await passwords.hash(newPassword);
    return transact(async ({ users, sessions, now }) => {
      await users.update(User.change(await holdUser({ users })(id), { passwordHash }, now()));
      await sessions.endAll(id, now());
    });
  };
