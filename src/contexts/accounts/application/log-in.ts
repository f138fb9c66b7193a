import type { NewId, SessionId, UserId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { isDomainError } from '../../../kernel/errors.js';
import type { Client } from '../domain/session.js';
import type { CheckCredentials, LoginName } from './check-credentials.js';
import { openSession, type LoggedIn, type TokenIssuers } from './open-session.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

interface Deps extends TokenIssuers {
  readonly transact: Transact<AccountsPorts>;
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

const refuse =
  ({ audit }: Pick<AccountsPorts, 'audit'>) =>
  async (subject: UserId | null): Promise<'refused'> => {
    await audit.record({ action: 'user.login_failed', subject });
    return 'refused';
  };

/**
 * Begins a session, and replaces a hash that was made with other settings than today's. What is refused is told to the
 * audit log, and that must be committed, so it is an answer and no error.
 */
export const logIn =
  ({ transact, checkCredentials, passwords, newId, ...issuers }: Deps) =>
  async (login: LoginName, password: string, client: Client): Promise<LoggedIn | 'refused'> => {
    const sessionId = newId<SessionId>();
    const attempt = async (): Promise<LoggedIn | 'refused'> => {
      const { right, user: known } = await checkCredentials(login, password); // slow: before the transaction
      if (!right) return transact((ports) => refuse(ports)(known?.id ?? null));
      const renewed = await renewedHash(passwords, password, known.passwordHash);
      const loggedIn = await transact(async (ports) => {
        // The row is held, so that a change of password ends this session or comes before it.
        const user = await ports.users.lock(known.id);
        if (user === null || user.disabled) return refuse(ports)(known.id);
        if (user.passwordHash !== known.passwordHash) return null;
        if (renewed !== null) await ports.users.update({ ...user, passwordHash: renewed });
        await ports.audit.record({ action: 'user.logged_in', subject: user.id, actor: user.id });
        return openSession(ports, issuers)(user, sessionId, client);
      });
      // Another password, or the same one with a newer hash by another log-in: only a new check can tell.
      return loggedIn ?? attempt();
    };
    return attempt();
  };
