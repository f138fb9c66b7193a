import type { EmailAddress } from '#src/kernel/email-address.js';
import type { NewId, SessionId, UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { Client } from '../domain/session.js';
import { hashNewPassword } from './hash-new-password.js';
import { mailRequested, type MailRequestId } from '../domain/events.js';
import { openAccount } from './open-account.js';
import { openSession, type LoggedIn, type TokenIssuers } from './open-session.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

export interface SignUp {
  readonly name: string;
  readonly email: EmailAddress;
  readonly username?: string | undefined;
  readonly password: string;
}

interface Deps extends TokenIssuers {
  readonly passwords: PasswordHasher;
  readonly newId: NewId;
}

/** Makes a customer's account, logs them in and has their address verified by mail. Fails with `common_password`, `email_taken` or `username_taken`. */
export const signUp =
  ({ passwords, newId, ...issuers }: Deps) =>
  async ({ password, ...person }: SignUp, client: Client): Promise<Work<AccountsPorts, LoggedIn>> => {
    const id = newId<UserId>();
    const sessionId = newId<SessionId>();
    const verification = newId<MailRequestId>();
    const passwordHash = await hashNewPassword(passwords)(password); // slow: before the transaction
    return async (ports) => {
      const user = await openAccount(ports)({ id, ...person, passwordHash });
      await ports.events.append(mailRequested('email_verification', verification, id, ports.now()));
      await ports.audit.record({ action: 'user.signed_up', subject: id, actor: id });
      return openSession(ports, issuers)(user, sessionId, client);
    };
  };
