import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { User } from '../domain/user.js';
import type { AccountsPorts, MailSecrets } from './ports.js';
import { consumeMailToken } from './consume-mail-token.js';

/** Marks the address as verified: the holder of the token has read the mail to it. Fails with `invalid_verification_token`. */
export const verifyEmail =
  ({ mailSecrets }: { mailSecrets: MailSecrets }) =>
  (token: string): Work<AccountsPorts, void> =>
  async (ports) => {
    const user = await consumeMailToken(ports)(mailSecrets.hash(token), 'email_verification');
    if (user === null) throw fail('invalid_verification_token');
    if (user.emailVerifiedAt !== null) return; // by another mail, or by setting a password
    await ports.users.update(User.verifyEmail(user, ports.now()));
    await ports.audit.record({ action: 'user.email_verified', subject: user.id, actor: user.id });
  };
