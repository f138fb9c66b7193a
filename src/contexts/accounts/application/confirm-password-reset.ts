import type { Now } from '#src/kernel/clock.js';
import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { MailToken } from '../domain/mail-token.js';
import type { Client } from '../domain/session.js';
import { User } from '../domain/user.js';
import { hashNewPassword } from './hash-new-password.js';
import type { AccountsPorts, MailSecrets, MailTokenReader, PasswordHasher } from './ports.js';
import { rememberPlace } from './remember-place.js';
import { consumeMailToken } from './consume-mail-token.js';

interface Deps {
  /** Outside any transaction. */
  readonly mailTokens: MailTokenReader;
  readonly mailSecrets: MailSecrets;
  readonly passwords: PasswordHasher;
  readonly now: Now;
}

/**
 * Sets a new password for the holder of a mailed token, ends all of the user's sessions and revokes their other tokens. The
 * address counts as verified. Fails with `invalid_reset_token` or `common_password`; the latter does not consume the token.
 */
export const confirmPasswordReset =
  ({ mailTokens, mailSecrets, passwords, now }: Deps) =>
  async (token: string, newPassword: string, client: Client): Promise<Work<AccountsPorts, User>> => {
    const hash = mailSecrets.hash(token);
    // Before the slow hash: an invented token must not cost one.
    if (!MailToken.isValid(await mailTokens.find(hash), 'password_reset', now()))
      throw fail('invalid_reset_token');
    const passwordHash = await hashNewPassword(passwords)(newPassword);
    return async (ports) => {
      const user = await consumeMailToken(ports)(hash, 'password_reset');
      if (user === null) throw fail('invalid_reset_token');
      const at = ports.now();
      await ports.users.update(User.resetPassword(user, passwordHash, at));
      await ports.knownPlaces.removeAll(user.id); // who knew the old password may have made them known
      await rememberPlace(ports)(user.id, client);
      await ports.sessions.endAll(user.id, at);
      await ports.mailTokens.revokeAll(user.id);
      await ports.audit.record({ action: 'user.password_reset', subject: user.id, actor: user.id });
      return user;
    };
  };
