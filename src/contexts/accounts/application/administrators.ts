import type { EmailAddress } from '#src/kernel/email-address.js';
import type { NewId, UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { User } from '../domain/user.js';
import { hashNewPassword } from './hash-new-password.js';
import { openAccount } from './open-account.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

export interface NewAdministrator {
  readonly name: string;
  readonly email: EmailAddress;
  readonly username?: string;
  readonly password: string;
}

interface Deps {
  readonly passwords: PasswordHasher;
  readonly newId: NewId;
}

/** Creates an administrator, for the operator of the shop. Fails with `common_password`, `email_taken` or `username_taken`. */
export const createAdministrator =
  ({ passwords, newId }: Deps) =>
  async ({ password, ...person }: NewAdministrator): Promise<Work<AccountsPorts, User>> => {
    const id = newId<UserId>();
    const passwordHash = await hashNewPassword(passwords)(password);
    return async (ports) => {
      const user = await openAccount(ports)({ id, ...person, passwordHash, role: 'admin' });
      await ports.audit.record({ action: 'user.created', subject: id });
      return user;
    };
  };

/**
 * Creates an administrator when the shop has none that is enabled; null when it has. Fails with `email_taken` when the
 * address is a customer's: a sign-up with the configured address must not make an administrator.
 */
export const ensureAdministrator =
  (deps: Deps) =>
  async (entry: NewAdministrator): Promise<Work<AccountsPorts, User | null>> => {
    const create = await createAdministrator(deps)(entry);
    return async (ports) => ((await ports.users.lockAdministrators()).length > 0 ? null : create(ports));
  };
