import type { Transact } from '../../../kernel/transact.js';
import type { User } from '../domain/user.js';
import type { CheckPassword } from './check-password.js';
import { holdUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';

interface Deps {
  readonly transact: Transact<AccountsPorts>;
  readonly checkPassword: CheckPassword;
}

/**
 * Works, in one transaction that holds the user, for whoever has just given the password of `known`. When another hash has
 * taken its place since, that of a new password or, by a log-in, a newer one of the same, only a new check can tell; it
 * fails with `wrong_password`.
 */
export const holdVerified =
  ({ transact, checkPassword }: Deps) =>
  async <T>(
    known: User,
    password: string,
    work: (user: User, ports: AccountsPorts) => Promise<T>,
  ): Promise<T> => {
    const held = await transact(async (ports) => {
      const user = await holdUser(ports)(known.id);
      return user.passwordHash === known.passwordHash ? { result: await work(user, ports) } : null;
    });
    if (held !== null) return held.result;
    const knownNow = await checkPassword(known.id, password); // slow: between two transactions
    return holdVerified({ transact, checkPassword })(knownNow, password, work);
  };
