import type { Actor } from '../../../kernel/actor.js';
import type { Transact } from '../../../kernel/transact.js';
import { User } from '../domain/user.js';
import type { CheckPassword } from './check-password.js';
import { hashNewPassword } from './hash-new-password.js';
import { holdVerified } from './hold-verified.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

interface Deps {
  readonly transact: Transact<AccountsPorts>;
  readonly checkPassword: CheckPassword;
  readonly passwords: PasswordHasher;
}

/**
 * Changes the password, ends the user's other sessions and makes the mails void that were sent to them. For the session that
 * goes on it counts as a log-in. Fails with `wrong_password` or `common_password`.
 */
export const changePassword =
  ({ transact, checkPassword, passwords }: Deps) =>
  async ({ id, sessionId }: Actor, currentPassword: string, newPassword: string): Promise<void> => {
    const known = await checkPassword(id, currentPassword);
    const passwordHash = await hashNewPassword(passwords)(newPassword, 'newPassword');
    const whileRight = holdVerified({ transact, checkPassword });
    return whileRight(
      known,
      currentPassword,
      async (user, { users, sessions, mailTokens, knownPlaces, audit, now }) => {
        await users.update(User.change(user, { passwordHash }, now()));
        await sessions.endAll(id, now(), sessionId);
        await sessions.reauthenticate(sessionId, now());
        await mailTokens.voidAll(id);
        await knownPlaces.removeAll(id); // the next refresh makes the owner's known again
        await audit.record({ action: 'user.password_changed', subject: id });
      },
    );
  };
