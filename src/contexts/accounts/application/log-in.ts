import type { NewId, SessionId, UserId } from '#src/kernel/ids.js';
import { PREPARE_AGAIN, refuseAfterCommit, type Refusal } from '#src/kernel/command.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import type { Client } from '../domain/session.js';
import { User } from '../domain/user.js';
import type { CheckCredentials, LoginName } from './check-credentials.js';
import { openSession, type LoggedIn, type TokenIssuers } from './open-session.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

interface Deps extends TokenIssuers {
  readonly checkCredentials: CheckCredentials;
  readonly passwords: PasswordHasher;
  readonly newId: NewId;
}

/** The password's hash as it would be made today, if that is another; null as well when there is no time for it now. */
const renewedHash = async (passwords: PasswordHasher, password: string, hash: string | null) => {
  if (hash === null || !passwords.isOutdated(hash)) return null;
  try {
    return await passwords.hash(password);
  } catch (error) {
    if (isDomainError(error) && error.code === 'hashing_busy') return null;
    throw error;
  }
};

/** Step: records it in the audit log. */
const refuse =
  ({ audit }: Pick<AccountsPorts, 'audit'>) =>
  async (subject: UserId | null): Promise<Refusal> => {
    await audit.record({ action: 'user.login_failed', subject });
    return refuseAfterCommit(fail('invalid_credentials'));
  };

/** Begins a session, and replaces a hash that was made with other settings than today's. Fails with `invalid_credentials`. */
export const logIn =
  ({ checkCredentials, passwords, newId, ...issuers }: Deps) =>
  async (
    login: LoginName,
    password: string,
    client: Client,
  ): Promise<Work<AccountsPorts, LoggedIn | Refusal | typeof PREPARE_AGAIN>> => {
    const sessionId = newId<SessionId>();
    const { right, user: known } = await checkCredentials(login, password); // slow: before the transaction
    if (!right) return (ports) => refuse(ports)(known?.id ?? null);
    const renewed = await renewedHash(passwords, password, known.passwordHash);
    return async (ports) => {
      // The row is held, so that a change of password ends this session or comes before it.
      const user = await ports.users.lock(known.id);
      if (user === null || user.disabled) return refuse(ports)(known.id);
      // Another password, or the same one with a newer hash by another log-in: only a new check can decide.
      if (user.passwordHash !== known.passwordHash) return PREPARE_AGAIN;
      if (renewed !== null) await ports.users.update(User.renewHash(user, renewed));
      await ports.audit.record({ action: 'user.logged_in', subject: user.id, actor: user.id });
      return openSession(ports, issuers)(user, sessionId, client);
    };
  };
