import { MailToken, type MailPurpose } from '../domain/mail-token.js';
import type { User } from '../domain/user.js';
import type { AccountsPorts } from './ports.js';

/**
 * Step: consumes a mailed token and returns its user, locked until the transaction ends; null when the token is not or no
 * longer valid. Of two requests with one token at once, one gets null.
 */
export const consumeMailToken =
  ({ users, mailTokens, now }: Pick<AccountsPorts, 'users' | 'mailTokens' | 'now'>) =>
  async (tokenHash: string, purpose: MailPurpose): Promise<User | null> => {
    const token = await mailTokens.find(tokenHash);
    if (!MailToken.isValid(token, purpose, now())) return null;
    const user = await users.lock(token.userId); // the user first, as everything that revokes tokens does
    if (user === null || user.disabled) return null;
    await mailTokens.consume(tokenHash);
    return user;
  };
