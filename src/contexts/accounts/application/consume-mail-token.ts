import { MailToken, type MailPurpose } from '../domain/mail-token.js';
import type { User } from '../domain/user.js';
import type { AccountsPorts } from './ports.js';

/**
 * Step: takes a token that came by mail and answers with its user, kept as they are until the transaction ends; null when it
 * is not good, or not any more. Of two who come with one token at once, one gets null.
 */
export const consumeMailToken =
  ({ users, mailTokens, now }: Pick<AccountsPorts, 'users' | 'mailTokens' | 'now'>) =>
  async (tokenHash: string, purpose: MailPurpose): Promise<User | null> => {
    const token = await mailTokens.find(tokenHash);
    if (!MailToken.isGood(token, purpose, now())) return null;
    const user = await users.lock(token.userId); // first the user, as whoever makes tokens void does
    if (user === null || user.disabled) return null;
    await mailTokens.consume(tokenHash);
    return user;
  };
