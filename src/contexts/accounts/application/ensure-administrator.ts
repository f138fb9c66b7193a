import type { EmailAddress } from '#src/kernel/email-address.js';
import type { NewId, UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { User } from '../domain/user.js';
import { hashNewPassword } from './hash-new-password.js';
import { openAccount } from './open-account.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

export interface FirstAdministrator {
  readonly name: string;
  readonly email: EmailAddress;
  readonly username?: string;
  readonly password: string;
}

/**
 * Makes an administrator when the shop has none that is enabled; null when it has. Fails with `email_taken` when the
 * address is a customer's: whoever signed up with it must not become administrator by that.
 */
export const ensureAdministrator =
  ({ passwords, newId }: { passwords: PasswordHasher; newId: NewId }) =>
  async ({ password, ...person }: FirstAdministrator): Promise<Work<AccountsPorts, User | null>> => {
    const id = newId<UserId>();
    const passwordHash = await hashNewPassword(passwords)(password);
    return async (ports) => {
      if ((await ports.users.lockAdministrators()).length > 0) return null;
      const user = await openAccount(ports)({ id, ...person, passwordHash, role: 'admin' });
      await ports.audit.record({ action: 'user.created', subject: id });
      return user;
    };
  };
