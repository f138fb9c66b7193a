import type { EmailAddress } from '#src/kernel/email-address.js';
import type { UserId } from '#src/kernel/ids.js';
import type { User } from '../domain/user.js';
import type { AccountsReaders } from './ports.js';

/** Who has an account. The version rises with each change of it. */
export type AccountIdentity = Pick<User, 'id' | 'name' | 'email' | 'version'>;

/** Returns the identities of those accounts that exist. */
export const identifyAccounts =
  ({ users }: Pick<AccountsReaders, 'users'>) =>
  async (ids: readonly UserId[]): Promise<readonly AccountIdentity[]> =>
    (await users.findAll(ids)).map(({ id, name, email, version }) => ({ id, name, email, version }));

/** Returns the id of the account with the address; null if there is none. */
export const findAccountByEmail =
  ({ users }: Pick<AccountsReaders, 'users'>) =>
  async ({ key }: EmailAddress): Promise<UserId | null> =>
    (await users.findByEmail(key))?.id ?? null;
