import type { NewId, SessionId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { fail } from '../domain/errors.js';
import type { CheckCredentials } from './check-credentials.js';
import { openSession, type LoggedIn, type TokenIssuers } from './open-session.js';
import type { AccountsPorts } from './ports.js';

interface Deps extends TokenIssuers {
  readonly transact: Transact<AccountsPorts>;
  readonly checkCredentials: CheckCredentials;
  readonly newId: NewId;
}

/** Begins a session. Fails with `invalid_credentials`. */
export const logIn =
  ({ transact, checkCredentials, newId, ...issuers }: Deps) =>
  async (login: string, password: string): Promise<LoggedIn> => {
    const sessionId = newId<SessionId>();
    const known = await checkCredentials(login, password); // slow: before the transaction
    return transact(async (ports) => {
      // The row is held, so that a change of password ends this session or comes before it.
      const user = await ports.users.lock(known.id);
      if (user === null || user.disabled || user.passwordHash !== known.passwordHash) {
        throw fail('invalid_credentials');
      }
      return openSession(ports, issuers)(user, sessionId);
    });
  };
