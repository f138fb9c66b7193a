import type { UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { MailToken, type MailPurpose } from '../domain/mail-token.js';
import type { AccountsPorts, MailSecrets } from './ports.js';

/** A new token and the address that it is to be sent to. */
export interface IssuedToken {
  readonly to: string;
  /** A secret. */
  readonly token: string;
}

/**
 * Makes a token for a mail that was requested. Each sending makes a new one, so that no token is stored in clear: when a mail
 * is sent twice, both tokens are valid. Null when there is nothing to send: the user is gone or disabled, or the request is
 * too old.
 */
export const issueMailToken =
  ({ mailSecrets }: { mailSecrets: MailSecrets }) =>
  (userId: UserId, purpose: MailPurpose, askedAt: Date): Work<AccountsPorts, IssuedToken | null> => {
    const { token, hash: tokenHash } = mailSecrets.mint();
    return async ({ users, mailTokens, now }) => {
      const at = now();
      // Locked, so that a change of password or address comes before, or else revokes this token.
      const user = await users.lock(userId);
      if (user === null || user.disabled || MailToken.isTooLate(purpose, askedAt, at)) return null;
      if (purpose === 'email_verification' && user.emailVerifiedAt !== null) return null;
      await mailTokens.add(MailToken.issue({ tokenHash, userId, purpose }, at));
      return { to: user.email, token };
    };
  };
