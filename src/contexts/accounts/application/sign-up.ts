import type { NewId, SessionId, UserId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { openAccount } from './open-account.js';
import { openSession, type LoggedIn, type TokenIssuers } from './open-session.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

export interface SignUp {
  readonly name: string;
  readonly email: string;
  readonly username?: string | undefined;
  readonly password: string;
}

interface Deps extends TokenIssuers {
  readonly transact: Transact<AccountsPorts>;
  readonly passwords: PasswordHasher;
  readonly newId: NewId;
}

/** Makes a customer's account and logs them in. Fails with `email_taken` or `username_taken`. */
export const signUp =
  ({ transact, passwords, newId, ...issuers }: Deps) =>
  async ({ password, ...person }: SignUp): Promise<LoggedIn> => {
    const id = newId<UserId>();
    const sessionId = newId<SessionId>();
    const passwordHash = await passwords.hash(password); // slow: before the transaction
    return transact(async (ports) => {
      const user = await openAccount(ports)({ id, ...person, passwordHash });
      return openSession(ports, issuers)(user, sessionId);
    });
  };
