import { PREPARE_AGAIN } from '#src/kernel/command.js';
import type { Actor } from '#src/kernel/actor.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { mailRequested, userChanged, type MailRequestId } from '../domain/events.js';
import { User } from '../domain/user.js';
import type { CheckPassword } from './check-password.js';
import { lockUser, lockVerifiedUser } from './existing-user.js';
import type { AccountsPorts } from './ports.js';

export interface AccountChanges {
  readonly name?: string;
  readonly email?: EmailAddress;
  readonly username?: string | null;
  /** Required for another e-mail address: its owner can take over the account. */
  readonly currentPassword?: string;
}

interface Deps {
  readonly checkPassword: CheckPassword;
  readonly newId: NewId;
}

/**
 * Changes the caller's account. A new e-mail address must be verified again. A correct password counts as a log-in. Fails with
 * `password_required`, `wrong_password`, `email_taken` or `username_taken`.
 */
export const changeMe =
  ({ checkPassword, newId }: Deps) =>
  async (
    { id, sessionId }: Actor,
    { currentPassword, ...changes }: AccountChanges,
  ): Promise<Work<AccountsPorts, User | typeof PREPARE_AGAIN>> => {
    const verification = newId<MailRequestId>();
    const known = currentPassword === undefined ? null : await checkPassword(id, currentPassword);
    return async (ports) => {
      const { users, sessions, mailTokens, followers, events, audit, now } = ports;
      const user = await (known === null ? lockUser(ports)(id) : lockVerifiedUser(ports)(known));
      if (user === null) return PREPARE_AGAIN;
      if (known !== null) await sessions.reauthenticate(sessionId, now());
      const changed = User.change(user, changes, now());
      if (changed.email !== user.email && known === null) throw fail('password_required');
      await users.update(changed);
      if (changed.name !== user.name || changed.email !== user.email)
        for (const follower of followers) await follower.changed(changed);
      const isMoved = changed.emailKey !== user.emailKey;
      const requested = isMoved ? [mailRequested('email_verification', verification, id, now())] : [];
      await events.append(...userChanged(user, changed), ...requested);
      if (isMoved) {
        await mailTokens.revokeAll(id); // they went to the old address
        await audit.record({ action: 'user.email_changed', subject: id });
      }
      if (changed.username !== user.username)
        await audit.record({ action: 'user.username_changed', subject: id });
      return changed;
    };
  };
