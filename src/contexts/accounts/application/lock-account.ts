import type { UserId } from '#src/kernel/ids.js';
import type { User } from '../domain/user.js';
import type { AccountsPorts, AccountsReaders } from './ports.js';

/** What other contexts decide by, and what they show. */
export interface AccountState extends Pick<User, 'name' | 'email' | 'disabled'> {
  /** Whether the user has shown that the e-mail address is theirs. */
  readonly emailVerified: boolean;
}

const stateOf = (user: User | null): AccountState | null =>
  user && {
    name: user.name,
    email: user.email,
    disabled: user.disabled,
    emailVerified: user.emailVerifiedAt !== null,
  };

/** Step: locks an account until the transaction ends and returns its state; null when there is no such account. */
export const lockAccount =
  ({ users }: Pick<AccountsPorts, 'users'>) =>
  async (id: UserId): Promise<AccountState | null> =>
    stateOf(await users.lock(id));

/** Returns the state of an account; null when there is no such account. */
export const getAccountState =
  ({ users }: Pick<AccountsReaders, 'users'>) =>
  async (id: UserId): Promise<AccountState | null> =>
    stateOf(await users.find(id));
