import type { Actor } from '#src/kernel/actor.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { mailRequested, type MailRequestId } from '../domain/events.js';
import { lockUser } from './existing-user.js';
import type { AccountsPorts } from './ports.js';

/** Has a mail sent by which the user shows that the address is theirs; none when that is known. Fails with `user_not_found`. */
export const requestEmailVerification =
  ({ newId }: { newId: NewId }) =>
  ({ id }: Actor): Work<AccountsPorts, void> => {
    const request = newId<MailRequestId>();
    return async ({ users, events, now }) => {
      const { emailVerifiedAt } = await lockUser({ users })(id);
      if (emailVerifiedAt === null)
        await events.append(mailRequested('email_verification', request, id, now()));
    };
  };
