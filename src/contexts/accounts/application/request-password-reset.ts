import type { EmailAddress } from '#src/kernel/email-address.js';
import type { NewId, UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { mailRequested, type MailRequestId } from '../domain/events.js';
import type { AccountsPorts } from './ports.js';

/**
 * Requests a mail whose reader can set a new password. For an unknown address the same rows are written, about a user who does
 * not exist, so that neither the response nor its time shows who has an account.
 */
export const requestPasswordReset =
  ({ newId }: { newId: NewId }) =>
  (email: EmailAddress): Work<AccountsPorts, void> => {
    const [request, nobody] = [newId<MailRequestId>(), newId<UserId>()];
    return async ({ users, events, audit, now }) => {
      const user = await users.findByEmail(email.key);
      await events.append(mailRequested('password_reset', request, user?.id ?? nobody, now()));
      await audit.record({ action: 'user.password_reset_requested', subject: user?.id ?? null });
    };
  };
