import type { User } from '../domain/user.js';
import type { PasswordHasher, UserRepository } from './ports.js';

/** A log-in name: what contains an `@` is an e-mail address, anything else a user name, which has none. */
const findByLogin = (users: UserRepository, login: string): Promise<User | null> =>
  login.includes('@') ? users.findByEmail(login) : users.findByUsername(login.toLowerCase());

/** What became of a log-in name and a password; whose name it is, if anybody's, only the audit log is told. */
export type Checked =
  { readonly right: true; readonly user: User } | { readonly right: false; readonly user: User | null };

/** The same `right: false` for every cause, after the same work: an unknown name, a wrong password, a disabled account. */
export const checkCredentials =
  ({ users, passwords }: { users: UserRepository; passwords: PasswordHasher }) =>
  async (login: string, password: string): Promise<Checked> => {
    const user = await findByLogin(users, login);
    const verified = await passwords.verify(password, user?.passwordHash ?? null);
    return user === null || !verified || user.disabled ? { right: false, user } : { right: true, user };
  };
export type CheckCredentials = ReturnType<typeof checkCredentials>;
