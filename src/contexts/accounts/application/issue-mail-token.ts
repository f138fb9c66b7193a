import type { UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { MailToken, type MailPurpose } from '../domain/mail-token.js';
import type { AccountsPorts, MailSecrets } from './ports.js';

/** A token that nobody knows yet, and to whom it is to be sent. */
export interface IssuedToken {
  readonly to: string;
  /** A secret. */
  readonly token: string;
}

/**
 * Makes a token for a mail that was asked for. Each time anew, so that a token is nowhere in clear but in the mail itself:
 * when a mail is sent twice, both are good. Null when there is nothing to send: the user is gone or disabled, or nobody waits
 * for the mail any more.
 */
export const issueMailToken =
  ({ mailSecrets }: { mailSecrets: MailSecrets }) =>
  (userId: UserId, purpose: MailPurpose, askedAt: Date): Work<AccountsPorts, IssuedToken | null> => {
    const { token, hash: tokenHash } = mailSecrets.mint();
    return async ({ users, mailTokens, now }) => {
      const at = now();
      // Held, so that a change of password or address comes before, or else makes this token void.
      const user = await users.lock(userId);
      if (user === null || user.disabled || MailToken.isTooLate(purpose, askedAt, at)) return null;
      if (purpose === 'email_verification' && user.emailVerifiedAt !== null) return null;
      await mailTokens.add(MailToken.issue({ tokenHash, userId, purpose }, at));
      return { to: user.email, token };
    };
  };
