import type { EmailAddress } from '#src/kernel/email-address.js';
import type { User } from '../domain/user.js';
import type { PasswordHasher, UserReader } from './ports.js';

/** The name in a log-in: an e-mail address or a user name. */
export type LoginName = { readonly email: EmailAddress } | { readonly username: string };

/** Returns the user of a log-in name. */
export const findByLogin = (users: UserReader, login: LoginName): Promise<User | null> =>
  'email' in login ? users.findByEmail(login.email.key) : users.findByUsername(login.username.toLowerCase());

/** The result of a check of a log-in name and a password. Whose name it is, only the audit log may know. */
export type Checked =
  { readonly right: true; readonly user: User } | { readonly right: false; readonly user: User | null };

interface Deps {
  readonly users: UserReader;
  readonly passwords: PasswordHasher;
  /** Whether too much has been guessed at the account already. */
  readonly exhausted: boolean;
}

/**
 * Returns the same `right: false` for every cause, after the same work: an unknown name, a wrong password, a disabled
 * account, too many guesses. The last cause is not distinguishable either: it would reveal that two names belong to one account.
 */
export const checkCredentials =
  ({ users, passwords, exhausted }: Deps) =>
  async (login: LoginName, password: string): Promise<Checked> => {
    const user = await findByLogin(users, login);
    const verified = await passwords.verify(password, user?.passwordHash ?? null);
    const right = verified && !exhausted;
    return user === null || !right || user.disabled ? { right: false, user } : { right: true, user };
  };
export type CheckCredentials = ReturnType<typeof checkCredentials>;
