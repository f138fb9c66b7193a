import type { UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { User } from '../domain/user.js';
import { lockUser } from './existing-user.js';
import { hashNewPassword } from './hash-new-password.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

/** Sets a password without the old one, for the operator, and ends all of the user's sessions. */
export const resetPassword =
  ({ passwords }: { passwords: PasswordHasher }) =>
  async (id: UserId, newPassword: string): Promise<Work<AccountsPorts, void>> => {
    const passwordHash = await hashNewPassword(passwords)(newPassword);
    return async ({ users, sessions, mailTokens, knownPlaces, audit, now }) => {
      await users.update(User.change(await lockUser({ users })(id), { passwordHash }, now()));
      await sessions.endAll(id, now());
      await mailTokens.revokeAll(id);
      await knownPlaces.removeAll(id);
      await audit.record({ action: 'user.password_reset', subject: id });
    };
  };
