import type { NewId, UserId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import type { User } from '../domain/user.js';
import type { FirstAdministrator } from './ensure-administrator.js';
import { openAccount } from './open-account.js';
import type { AccountsPorts, PasswordHasher } from './ports.js';

/** Makes one more administrator, for whoever runs the shop. Fails with `email_taken` or `username_taken`. */
export const createAdministrator =
  ({
    transact,
    passwords,
    newId,
  }: {
    transact: Transact<AccountsPorts>;
    passwords: PasswordHasher;
    newId: NewId;
  }) =>
  async ({ password, ...person }: FirstAdministrator): Promise<User> => {
    const id = newId<UserId>();
    const passwordHash = await passwords.hash(password);
    return transact((ports) => openAccount(ports)({ id, ...person, passwordHash, role: 'admin' }));
  };
