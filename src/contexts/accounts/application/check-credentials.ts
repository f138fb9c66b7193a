import { fail } from '../domain/errors.js';
import type { User } from '../domain/user.js';
import type { PasswordHasher, UserRepository } from './ports.js';

/** A log-in name: what contains an `@` is an e-mail address, anything else a user name, which has none. */
const findByLogin = (users: UserRepository, login: string): Promise<User | null> =>
  login.includes('@') ? users.findByEmail(login) : users.findByUsername(login.toLowerCase());

/**
 * The user whose e-mail address or user name and password these are. Says `invalid_credentials` for every cause, after
 * the same work: an unknown name, a wrong password, a disabled account.
 */
export const checkCredentials =
  ({ users, passwords }: { users: UserRepository; passwords: PasswordHasher }) =>
  async (login: string, password: string): Promise<User> => {
    const user = await findByLogin(users, login);
    const right = await passwords.verify(password, user?.passwordHash ?? null);
    if (user === null || !right || user.disabled) throw fail('invalid_credentials');
    return user;
  };
export type CheckCredentials = ReturnType<typeof checkCredentials>;
