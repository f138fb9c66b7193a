import { PREPARE_AGAIN } from '#src/kernel/command.js';
import type { Actor } from '#src/kernel/actor.js';
import type { Work } from '#src/kernel/transact.js';
import { User } from '../domain/user.js';
import type { CheckPassword } from './check-password.js';
import { hashNewPassword } from './hash-new-password.js';
import { lockVerifiedUser } from './existing-user.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

interface Deps {
  readonly checkPassword: CheckPassword;
  readonly passwords: PasswordHasher;
}

/**
 * Changes the password, ends the user's other sessions and revokes the tokens that were mailed to them. For the session that
 * goes on it counts as a log-in. Fails with `wrong_password` or `common_password`.
 */
export const changePassword =
  ({ checkPassword, passwords }: Deps) =>
  async (
    { id, sessionId }: Actor,
    currentPassword: string,
    newPassword: string,
  ): Promise<Work<AccountsPorts, typeof PREPARE_AGAIN | undefined>> => {
    const known = await checkPassword(id, currentPassword);
    const passwordHash = await hashNewPassword(passwords)(newPassword);
    return async (ports) => {
      const { users, sessions, mailTokens, knownPlaces, audit, now } = ports;
      const user = await lockVerifiedUser(ports)(known);
      if (user === null) return PREPARE_AGAIN;
      await users.update(User.change(user, { passwordHash }, now()));
      await sessions.endAll(id, now(), sessionId);
      await sessions.reauthenticate(sessionId, now());
      await mailTokens.revokeAll(id);
      await knownPlaces.removeAll(id); // the next refresh makes the owner's known again
      await audit.record({ action: 'user.password_changed', subject: id });
      return undefined;
    };
  };
