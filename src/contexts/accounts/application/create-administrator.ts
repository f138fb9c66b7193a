import type { NewId, UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { User } from '../domain/user.js';
import type { FirstAdministrator } from './ensure-administrator.js';
import { hashNewPassword } from './hash-new-password.js';
import { openAccount } from './open-account.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

/** Makes one more administrator, for whoever runs the shop. Fails with `common_password`, `email_taken` or `username_taken`. */
export const createAdministrator =
  ({ passwords, newId }: { passwords: PasswordHasher; newId: NewId }) =>
  async ({ password, ...person }: FirstAdministrator): Promise<Work<AccountsPorts, User>> => {
    const id = newId<UserId>();
    const passwordHash = await hashNewPassword(passwords)(password);
    return async (ports) => {
      const user = await openAccount(ports)({ id, ...person, passwordHash, role: 'admin' });
      await ports.audit.record({ action: 'user.created', subject: id });
      return user;
    };
  };
